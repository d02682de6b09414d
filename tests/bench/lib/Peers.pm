# The inits that are measured beside bulkhead, as the distribution packages
# them, each with the least that it needs to keep N services running: no shell
# script stands between an init and a service where it can be helped.
#
# all(BOARD): a list of
#   {name, flags, base => FILE, files => sub(N) -> (PATH => [MODE, BYTES], ...),
#    init, off, stop, question, spawn, talk}: the words of guest/measure.h; or of
#   {name, skipped => WHY}.
package Peers;
use strict;
use warnings;
use Bytes;
use File::Find;

my $SERVICE = '/bench/service';
my $PACKAGES = 'tests/bench/peers';
# Measured where they are asked for only.
our $STEPS = qr/^(?:floor-[GMBFO]|systemd-journal)$/;
my $SPARE = 12; # services that are started by order only
my $TALK = "$SERVICE talk 20000"; # guest/measure.h: TALK_LINES

sub arch_of { return $_[0] =~ /aarch64/ ? 'arm64' : 'amd64' }

# The folder where tests/bench/deps has left the packages of NAME; undef: it has
# not.
sub tree {
	my ($arch, $name) = @_;
	my ($packages) = bytes($PACKAGES) =~ /^\Q$name\E +(.+)$/m;
	my $tree = 'build/cache/' . $arch . '/' . (split ' ', $packages)[0] .
	    '.programs';
	return undef unless -e "$tree/.complete";
	return bytes("$tree/.complete") eq "$packages\n" ? $tree : undef;
}

# What nobody reads at run time.
my $LEFT_OUT = qr{^usr/share/|^usr/lib/udev/|/gconv/|/perl|/locale/|^\.complete$
    |^lib/udev/}x;

# All of a tree, as an image has it; a link of one is kept as one.
sub files_of {
	my ($tree) = @_;
	my %files;
	find({no_chdir => 1, wanted => sub {
		my $path = substr $_, length $tree;
		$path =~ s{^/}{};
		return if $path eq '' || $path =~ $LEFT_OUT;
		if (-l $_) {
			$files{$path} = [0120777, readlink $_];
		} elsif (-d _) {
			$files{$path} = [040755, ''];
		} elsif (-f _) {
			$files{$path} = [0100000 | (stat _)[2] & 07777, bytes($_)];
		}
	}}, $tree);
	return %files;
}

sub _text { return [0100644, join '', @_] }

sub _floor {
	my ($mode, $board) = @_;
	return {
		name => "floor-$mode", flags => 'm',
		init => "/bench/floor $mode \@", off => '/bench/stop 15',
		stop => 'kill', question => '-', spawn => '/bench/stop 10',
		talk => '-',
		files => sub {
			return ('bench/floor' =>
				[0100755, bytes("build/$board/bench/floor")],
				'bench/filter' => [0100644,
				bytes("build/$board/seccomp/default")]);
		},
	};
}

# The image as it is shipped, with a table of N services and an empty one in the
# place of each other.
sub _bulkhead {
	my ($board, $name, $defaults) = @_;
	return {
		name => $name, flags => '-',
		base => "build/$board/image.cpio",
		init => '/bench/init', off => '/bench/stop 12',
		stop => '/bin/svc stop s@', question => '/bin/svc status s@',
		spawn => '/bin/svc start t@', talk => '/bin/svc start talk',
		files => sub {
			my ($count) = @_;
			my %files = map { $_ => _text("# empty\n") }
			    map { s{^.*/rootfs/}{}r }
			    glob "build/$board/rootfs/etc/services.d/*.tab";
			return (%files,
				'etc/services.tab' => _text(table($count, $defaults)),
				'bench/init' =>
				[0100755, bytes("build/$board/init")]);
		},
	};
}

sub table {
	my ($count, $defaults) = @_;
	return "[defaults]\nrestart-limit = none\n$defaults\n" .
	    "[talk]\nrun = $TALK\nautostart = no\nrestart = never\n" .
	    "log-rate = none\n" .
	    join '', map({ "[s$_]\nrun = $SERVICE\n" } 1 .. $count),
	    map { "[t$_]\nrun = $SERVICE\nautostart = no\nrestart = never\n" }
	    1 .. $SPARE;
}

# Services in folders with a program "run" each, and one with a logger, which
# is started by order only.
sub _folders {
	my ($where, $count, $logger) = @_;
	return map({
		("$where/s$_" => [040755, ''],
		 "$where/s$_/run" => [0120777, $SERVICE])
	} 1 .. $count), map({ ("$where/$_" => [040755, '']) } 'talk', 'talk/log'),
	    "$where/talk/down" => _text(''),
	    "$where/talk/run" => [0100755, "#!$TALK\n"],
	    "$where/talk/log/run" => [0100755, "#!/bench/stop exec $logger\n"],
	    'log' => [040755, ''];
}

sub _peer {
	my ($arch, $name, $package, %rest) = @_;
	my $tree = tree($arch, $package) or return {name => $name,
		skipped => "'make deps-bench' has not fetched it for $arch"};
	my $files = $rest{files};
	$rest{files} = sub { return (files_of($tree), $files->(@_)) };
	return {name => $name, tree => $tree, flags => 'm', stop => '-',
		question => '-', spawn => '-', talk => '-', %rest};
}

my $UNIT = join "\n", '[Unit]', 'DefaultDependencies=no',
    'Conflicts=shutdown.target', 'Before=shutdown.target', '[Service]',
    "ExecStart=$SERVICE", 'Restart=always', 'RestartSec=0',
    'StartLimitIntervalSec=0', '';
# With the journal, which nothing else starts.
my $JOURNALED = join "\n", '[Unit]', 'DefaultDependencies=no',
    'Conflicts=shutdown.target', 'Before=shutdown.target',
    'Requires=systemd-journald.socket', 'After=systemd-journald.service',
    'Wants=systemd-journald.service', '[Service]', "ExecStart=$TALK",
    'StandardOutput=journal', 'LogRateLimitIntervalSec=0', '';
my $SANDBOX = join "\n", 'PrivateTmp=yes', 'PrivateNetwork=yes',
    'PrivateUsers=yes', 'PrivateIPC=yes', 'PrivateDevices=yes',
    'ProtectHostname=yes', 'ProtectSystem=strict', '';

sub _systemd {
	my ($arch, $name, $unit) = @_;
	return _peer($arch, $name, 'systemd',
		init => '/lib/systemd/systemd',
		off => '/bin/systemctl poweroff',
		stop => '/bin/systemctl stop s@',
		question => '/bin/systemctl is-active s@',
		files => sub {
			my ($count) = @_;
			my $wants = join ' ', map { "s$_.service" } 1 .. $count;
			return ('etc/machine-id' =>
				    _text('0123456789abcdef' x 2, "\n"),
				'etc/systemd/system/default.target' =>
				    _text("[Unit]\nDescription=bench\n",
					"DefaultDependencies=no\nWants=$wants\n"),
				map { ("etc/systemd/system/s$_.service" =>
				    _text($unit)) } 1 .. $count);
		});
}

# What it has of a log; stops and questions take it longer then.
sub _journal {
	my ($peer) = @_;
	my $files = $peer->{files} or return $peer;
	return {%$peer, talk => '/bin/systemctl start talk', files => sub {
		return ($files->(@_),
			'etc/systemd/system/talk.service' => _text($JOURNALED),
			'etc/systemd/journald.conf' =>
			    _text("[Journal]\nStorage=volatile\n"));
	}};
}

# It starts services through scripts: a shell is a part of it.
sub _openrc {
	my ($arch) = @_;
	my $script = "#!/sbin/openrc-run\nsupervisor=supervise-daemon\n" .
	    "command=$SERVICE\nrespawn_max=0\n";
	my @commands = qw(sh grep sed cat mkdir rm ls mount umount ln cp mv test
	    [ uname sleep chmod chown id kill tr cut sort awk env dirname touch
	    basename expr head tail wc mountpoint readlink halt);
	return _peer($arch, 'openrc', 'openrc',
		init => '/sbin/openrc-init',
		off => '/sbin/openrc-shutdown --poweroff now',
		stop => '/sbin/rc-service s@ stop',
		question => '/sbin/rc-service s@ status',
		files => sub {
			return ('etc/fstab' => _text(''),
				'var/run' => [0120777, '/run'],
				'etc/insserv.conf' => _text(''),
				'etc/insserv.conf.d' => [040755, ''],
				map({ ("bin/$_" => [0120777, '/bin/busybox']) }
				    @commands),
				map({ ("etc/runlevels/$_" => [040755, '']) }
				    qw(sysinit boot default shutdown
				    nonetwork single)),
				map({ ("etc/init.d/s$_" => [0100755, $script],
				    "etc/runlevels/default/s$_" =>
				    [0120777, "/etc/init.d/s$_"]) } 1 .. $_[0]));
		});
}

sub _finit {
	my ($arch) = @_;
	return _peer($arch, 'finit', 'finit',
		init => '/sbin/finit',
		off => '/bench/stop 12',
		stop => '/lib/finit/initctl -b stop s@:@',
		question => '/lib/finit/initctl -bq status s@:@',
		files => sub {
			return ('etc/fstab' => _text(''),
				'var/run' => [0120777, '/run'],
				'etc/finit.conf' => _text("runlevel 2\n", map {
				    "service [2] name:s$_ :$_ $SERVICE -- s$_\n" }
				    1 .. $_[0]));
		});
}

sub _sysvinit {
	my ($arch) = @_;
	return _peer($arch, 'sysvinit', 'sysvinit',
		init => '/sbin/init 2', off => '/sbin/telinit 0',
		files => sub {
			return ('etc/inittab' => _text("id:2:initdefault:\n",
				"l0:0:wait:/bench/stop off\n",
				map { sprintf "%s:2:respawn:$SERVICE\n",
				    _id($_) } 1 .. $_[0]));
		});
}

# An id of at most four characters.
sub _id {
	my ($number) = @_;
	return sprintf 'a%03x', $number;
}

sub all {
	my ($board) = @_;
	my $arch = arch_of($board);
	return (
		map({ _floor($_, $board) } qw(d c L T G M B F K P H N)),
		{%{_floor('T', $board)}, name => 'floor-O',
			off => '/bench/stop 12'},
		_bulkhead($board, 'bulkhead', ''),
		_bulkhead($board, 'bulkhead-spare', 'spare = yes'),
		_bulkhead($board, 'bulkhead-hostnet', 'host = net'),
		_bulkhead($board, 'bulkhead-open', 'isolation = none'),
		_peer($arch, 'busybox', 'busybox',
			init => '/bin/busybox init',
			off => '/bin/busybox poweroff',
			files => sub {
				return ('etc/inittab' => _text(map {
					"::respawn:$SERVICE $_\n" } 1 .. $_[0]));
			}),
		_sysvinit($arch),
		_peer($arch, 'runit', 'runit',
			init => '/usr/bin/runsvdir /service',
			off => '/bench/stop all @ /service/s /usr/bin/sv force-stop',
			stop => '/usr/bin/sv down /service/s@',
			question => '/usr/bin/sv status /service/s@',
			talk => '/usr/bin/sv once /service/talk',
			files => sub { return _folders('service', $_[0],
				'/usr/bin/svlogd /log') }),
		_peer($arch, 's6', 's6',
			init => '/usr/bin/s6-svscan -c 5000 /service',
			off => '/usr/bin/s6-svscanctl -t /service',
			stop => '/usr/bin/s6-svc -d /service/s@',
			question => '/usr/bin/s6-svstat /service/s@',
			talk => '/usr/bin/s6-svc -o /service/talk',
			files => sub {
				return (_folders('service', $_[0],
					'/usr/bin/s6-log /log'),
					'service/.s6-svscan/finish' =>
					[0120777, '/bench/stop']);
			}),
		_finit($arch),
		_openrc($arch),
		_systemd($arch, 'systemd', $UNIT),
		_systemd($arch, 'systemd-isolated', $UNIT . $SANDBOX),
		_journal(_systemd($arch, 'systemd-journal', $UNIT)),
	);
}

1;
