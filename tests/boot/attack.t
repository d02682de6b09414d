#!/usr/bin/perl
# Hostile services, and an administrator who breaks things: what must stay
# closed, what must go on, and what must be gone afterwards.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

# A file system that does not answer.
my $module = kernel_module('fs/fuse/fuse');

my $machine = boot('attack', folder => 'attack', tests => 41, seconds => 150,
	leave_out => ['etc/services.d/50-board.tab'],
	files => {
		'test/fuse.ko' => [0100644, $module],
		'test/share' => [040777, ''],
		'test/share/link' => [040777, ''],
		'test/share/real' => [040777, ''],
		'test/share/real/mark' => [0100644, ''],
		'test/painter' => [0100755, "#!/no\e[31m/painter\n"],
	});
like($machine->{console}, qr{/painter: No such file},
	'a service names its interpreter');
unlike($machine->{console}, qr/\e\[31m/, 'but does not paint the console');

# A kernel without cgroup2, for all that init can tell: there are no compartments,
# but there is a way in.
my $init = bytes('build/' . board() . '/init');
$init =~ s/cgroup2\0/cgroupX\0/g or die "init: no cgroup2\n";
boot('no cgroup2', folder => 'smoke', end => 'guest-reset', seconds => 40,
	files => {'init' => [0100755, $init]},
	drive => sub {
		my ($machine) = @_;
		ok($machine->prompt(30), 'no cgroup2: a shell comes up');
		$machine->type("echo runs-\$(ps -ef | grep -c '[p]robe hold')\r");
		is($machine->expect(qr/runs-(\d+)/, 10), 0,
			'no cgroup2: and nothing that wants a compartment');
		$machine->type("reboot\r");
	});
# init keeps a log of every service that ever ran, and so more descriptors than
# a program may have.
my $crowd = <<'END';
[system]
hostname = crowd

[template x@]
type      = oneshot
run       = /bin/true
isolation = none

[last]
run       = /test/probe hold
autostart = no

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff

END
boot('a crowd', tests => 3, seconds => 300, files => {
	'etc/services.tab' => [0100644,
		$crowd . join '', map { "[x\@$_]\n" } 1 .. 1100],
	'test/check' => [0100644, <<'END'],
. /test/judge.sh
all_done() { [ "$(svc status | grep -c '^x@.*done')" = 1100 ]; }
ok "1,100 services have run" wait_for 240 all_done
between "init's descriptors" "$(ls /proc/1/fd | wc -l | tr -d ' ')" 1100 100000
svc start last
ok "one more starts" service last 5
finish
END
});
done_testing;
