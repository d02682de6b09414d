# What is measured, and where: the revision, the build host, the versions.
package Host;
use strict;
use warnings;
use POSIX qw(strftime uname);

sub _first {
	my ($command) = @_;
	my ($line) = split /\n/, qx($command 2>/dev/null) // '';
	return $line // '';
}

# The columns of Sheet.pm that are the same in a whole run.
sub revision {
	my $revision = _first('git describe --always --dirty --abbrev=10');
	return (date => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime),
		revision => $revision || 'unknown');
}

sub _processor {
	open my $in, '<', '/proc/cpuinfo' or return 'unknown';
	my ($model, $count) = ('unknown', 0);
	while (<$in>) {
		$model = $1 if /^model name\s*: (.*)/;
		$count++ if /^processor\s*:/;
	}
	return "$count x $model";
}

# {WHAT => WORDS} of the build host, and of the board's kernel.
sub about {
	my ($board) = @_;
	my @names = uname();
	my %about = (
		processors => _processor(),
		'build host' => "$names[0] $names[2] $names[4]",
		qemu => _first('qemu-system-x86_64 --version'),
		compiler => _first('gcc --version'),
	);
	my ($kernel) = glob "build/$board/modules/lib/modules/*";
	$about{'guest kernel'} = $kernel =~ s{.*/}{}r if $kernel;
	return %about;
}

1;
