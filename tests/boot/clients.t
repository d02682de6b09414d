#!/usr/bin/perl
# Clients of the protocols that nobody here wrote: the distribution's
# systemd-notify and redis say when they are up, and uuidd is given its socket;
# from an image of them and the libraries they need.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
my $triple = setting('TRIPLE');
my $root = 'build/' . board() . '/boot/clients';
my $libraries = "$root/usr/lib/$triple";
chomp(my $tree = run('board/fetch', 'build/cache', 'programs', setting('ARCH'),
	split ' ', run('cat', 'tests/boot/clients/packages')));

# run(COMMAND...): what it prints; its failure is that of the test.
sub run {
	open my $from, '-|', @_ or die "$_[0]: $!; run 'make deps'\n";
	local $/;
	my $text = <$from> // '';
	close $from or die "@_: failed ($?)\n";
	return $text;
}

sub put {
	my ($file, $text) = @_;
	open my $to, '>', "$root/$file" or die "$file: $!\n";
	print $to $text;
	close $to or die "$file: $!\n";
}

# Debian's folders in / are links to those in /usr, or on their way there.
my %found;
for my $file (split /\n/, run('find', $tree, qw(( -type f -o -type l ) -name
	*.so*))) {
	$found{$1} //= $file if $file =~ m{([^/]+)$};
}

# add(FILE, TO): a program or library, and what it needs.
my %added;
sub add {
	my @wanted = ([@_]);
	while (my $next = shift @wanted) {
		my ($file, $to) = @$next;
		next if $added{$to}++;
		copy($file, "$root/$to") or die "$file: $!\n";
		chmod 0755, "$root/$to";
		for my $name (run('readelf', '-d', $file)
		    =~ /\(NEEDED\).*\[(.*)\]/g) {
			my $from = $found{$name} // die "$file: no $name\n";
			push @wanted, [$from, "usr/lib/$triple/$name"];
		}
	}
}

sub program {
	my ($name) = @_;
	my ($file) = grep { -e } map { "$tree/$_/$name" } qw(usr/bin bin
		usr/sbin);
	add($file // die("no $name\n"), "usr/bin/$name");
	my ($loader) = run('readelf', '-l', $file) =~ /interpreter: \/(\S+?)\]/;
	$loader =~ m{([^/]+)$};
	add($found{$1}, "usr/$loader");
}

remove_tree($root);
make_path($libraries, map { "$root/$_" } qw(usr/bin usr/lib64 proc sys dev tmp
	run etc host/bin host/out host/test));
symlink "usr/$_", "$root/$_" or die "$_: $!\n" for qw(bin lib lib64);
chmod 0755, $root;
program($_) for qw(systemd-notify redis-server redis-cli uuidd);
put('etc/passwd', "redis:x:500:500::/:/bin/sh\n");
put('etc/group', "redis:x:500:\n");
put("etc/$_->[0].conf", <<"END") for ['redis', 'systemd'], ['mute', 'no'];
supervised $_->[1]
dir /tmp
save ""
END
run('mksquashfs', $root, "$root.img", qw(-all-root -noappend -quiet -no-progress
	-noI -noD -noF -noX));
open my $image, '<:raw', "$root.img" or die "$root.img: $!\n";
my $bytes = do { local $/; <$image> };

my $machine = boot('clients', folder => 'clients', tests => 35, seconds => 90,
	files => {'test/clients.img' => [0100644, $bytes]});
like($machine->{console}, qr/client: MAINPID: not done/, 'MAINPID is refused');
done_testing;
