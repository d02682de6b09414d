# Who is measured on the build host itself: the inits that leave it as it is, as
# Peers.pm has them, and tools that start one isolated program. A tool has no
# init: a program that waits stands in for process 1.
package Tools;
use strict;
use warnings;
use Bytes;
use JSON::PP;
use Peers;

my $SERVICE = '/bench/service';
my $HOLDER = '/bench/holder'; # the same under a name that is not looked for

# They write kernel settings and clocks, which are not theirs here.
my %CHANGES = map { $_ => 1 }
    qw(finit openrc systemd systemd-isolated systemd-journal bulkhead-open);

# They ask for controllers of cgroup2, which the build host may not have there.
my $LIMITED = qr/^floor-[GMBFKPHN]$/;

# init as it is, but for its first and last second (host/early.c), and for what
# the build host may lack (host/lenient.c).
sub _bulkhead {
	my ($board, $peer) = @_;
	my $defaults = $peer->{name} eq 'bulkhead-hostnet' ? 'host = net' : '';
	return {%$peer, flags => '-', init => '/bench/init', files => sub {
		my %image = Peers::files_of("build/$board/rootfs");
		delete @image{grep { m{^lib/modules/|^etc/services} }
		    keys %image};
		return (%image,
			'etc/services.tab' => [0100644,
				Peers::table($_[0], $defaults)],
			map { ($_->[0] => [0100755,
				bytes("build/$board/bench/$_->[1]-native")]) }
			    ['bench/init', 'init'],
			    ['lib/bulkhead/builder', 'builder']);
	}};
}

sub inits {
	my ($board) = @_;
	return map {
		$CHANGES{$_->{name}} ? $_->{name} eq 'bulkhead-open' ? () :
		    {name => $_->{name}, skipped => 'it would change settings ' .
			'of the build host'} :
		    $_->{name} =~ /^bulkhead/ ? _bulkhead($board, $_) :
		    $_->{name} =~ $LIMITED ?
		    {%$_, init => "$_->{init} lenient"} : $_
	} Peers::all($board);
}

# An OCI bundle with the same namespaces; its root is a folder with the service.
sub _bundle {
	my %config = (ociVersion => '1.0.2',
		root => {path => 'root', readonly => JSON::PP::true},
		process => {terminal => JSON::PP::false, cwd => '/',
			user => {uid => 0, gid => 0}, args => [$SERVICE],
			env => ['PATH=/bin'], noNewPrivileges => JSON::PP::true},
		hostname => 'service',
		mounts => [
			{destination => '/proc', type => 'proc', source => 'proc'},
			{destination => '/dev', type => 'tmpfs', source => 'tmpfs'},
		],
		linux => {
			namespaces => [map { {type => $_} } qw(pid network ipc uts
			    mount user cgroup)],
			map { $_ => [{containerID => 0, hostID => 100000,
				size => 1024}] } qw(uidMappings gidMappings),
		});
	return JSON::PP->new->canonical->encode(\%config);
}

sub _tool {
	my ($board, $name, $package, $words, %more) = @_;
	my $tree = Peers::tree(Peers::arch_of($board), $package) or return {
		name => $name, skipped => "'make deps-bench' has not fetched it"};
	return {name => $name, tool => 1, flags => 'm', init => $HOLDER,
		stop => '-', question => '-', spawn => $words,
		files => sub { return (Peers::files_of($tree), %more) }};
}

sub tools {
	my ($board) = @_;
	my $service = bytes("build/$board/bench/service");
	return (
		{name => 'exec', tool => 1, flags => 'm', init => $HOLDER,
			stop => '-', question => '-', spawn => $SERVICE,
			files => sub { return () }},
		_tool($board, 'unshare', 'unshare', '/usr/bin/unshare -m -u -i ' .
			"-n -p -U -C -T -r --fork --mount-proc $SERVICE"),
		_tool($board, 'bubblewrap', 'bubblewrap', '/usr/bin/bwrap ' .
			'--unshare-all --ro-bind / / --proc /proc --dev /dev ' .
			$SERVICE),
		_tool($board, 'crun', 'crun', '/usr/bin/crun ' .
			'--cgroup-manager=disabled --root /run/crun run ' .
			'--bundle /bundle c@',
			'bundle/config.json' => [0100644, _bundle()],
			'bundle/root/bench/service' => [0100755, $service],
			map { ("bundle/root/$_" => [040755, '']) }
			    qw(proc dev sys)),
	);
}

1;
