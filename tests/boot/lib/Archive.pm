# newc cpio archives for the kernel: reads one to leave entries out, and makes
# one of what a test adds. Boot.pm calls it.
package Archive;
use strict;
use warnings;

my $HEADER = 110;

sub _padded {
	my ($bytes) = @_;
	return $bytes . "\0" x (-length($bytes) % 4);
}

sub _record {
	my ($inode, $path, $mode, $data) = @_;
	my $name = "$path\0";
	my $head = sprintf '070701' . '%08x' x 13, $inode, $mode, 0, 0, 1, 0,
	    length $data, 0, 0, 0, 0, length $name, 0;
	return _padded($head . $name) . _padded($data);
}

sub _whole {
	my ($archive) = @_;
	my $end = _record(0, 'TRAILER!!!', 0, '');
	return $archive . $end . "\0" x (-length("$archive$end") % 512);
}

# make({PATH => [MODE, BYTES], ...}): an archive; MODE with its type bits.
sub make {
	my ($entries) = @_;
	my ($archive, $inode) = ('', 0);
	for my $path (sort keys %$entries) {
		my ($mode, $data) = @{$entries->{$path}};
		$archive .= _record(++$inode, $path, $mode, $data);
	}
	return _whole($archive);
}

# without(BYTES, PATH...): the archive less these entries.
sub without {
	my ($archive, @paths) = @_;
	my %leave = map { $_ => 1 } @paths;
	my ($kept, $at) = ('', 0);
	while (substr($archive, $at, 6) eq '070701') {
		my ($size, $name_size) = map { hex substr $archive, $at + $_, 8 }
		    54, 94;
		my $name = substr $archive, $at + $HEADER, $name_size - 1;
		my $head = ($HEADER + $name_size + 3) & ~3;
		my $length = $head + (($size + 3) & ~3);
		last if $name eq 'TRAILER!!!';
		$kept .= substr $archive, $at, $length unless $leave{$name};
		$at += $length;
	}
	return _whole($kept);
}

1;
