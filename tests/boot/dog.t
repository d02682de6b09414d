#!/usr/bin/perl
# The machine's watchdog: a hung init, or a critical service that has failed for
# good, ends in a reset; a healthy machine does not. The kernel's own software
# watchdog says on the console that it is the one.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $reset = qr/Initiating system reboot/;
my $console = "[console]\nrun = /bin/sh -l\ntty = console\nisolation = none\n";

# case(NAME, END, LIMIT, TEXT): a boot with that in its table
sub case {
	my ($name, $end, $limit, $text) = @_;
	return boot("dog: $name", end => $end, seconds => 60, files => {
		'etc/services.tab' => [0100644, <<END]});
[system]
hostname = dog
modules  = softdog
watchdog = $limit

$text
END
}

my $machine = case('a hung init', 'guest-reset', '3s', <<'END');
[hold]
run       = /bin/sh -c "until svc log init | grep -q watchdog:; do sleep 0.1; done; exec /test/probe hold-init"
isolation = none
END
like($machine->{console}, qr/watchdog: Software Watchdog: resets the machine after 3 s/,
	'a hung init: the watchdog was introduced');
like($machine->{console}, $reset, 'a hung init: reset by the watchdog');

$machine = case('a hang in shutdown', 'guest-reset', '3s', <<'END');
[hold]
run       = /bin/sh -c "trap 'exec /test/probe hold-init' TERM; until svc log init | grep -q watchdog:; do sleep 0.1; done; kill -USR2 1; while :; do sleep 0.1; done"
isolation = none
END
like($machine->{console}, qr/powering off.*$reset/s,
	'a hang in shutdown: reset by the watchdog');

my $fails = <<'END';
[vital]
run           = /test/probe exit 1
restart-delay = 0 10ms 10ms
restart-limit = 2 1m
on-limit      = give-up

[end]
run     = /test/probe exit 0 9000
on-exit = poweroff
END
$machine = case('a critical service', 'guest-reset', '3s',
	$fails =~ s/^on-limit/critical      = yes\non-limit/mr);
like($machine->{console}, $reset, 'a critical service: reset');
like($machine->{console}, qr/watchdog: a critical service has failed/,
	'a critical service: said before');

$machine = case('any other', 'guest-shutdown', '3s', $fails);
unlike($machine->{console}, $reset, 'any other service that failed: no reset');

$machine = case('a healthy machine', 'guest-shutdown', '3s', <<'END');
[vital]
run      = /test/probe hold
critical = yes

[back-off]
run           = /test/probe exit 1
critical      = yes
restart-delay = 0 100ms 100ms
restart-limit = none

[stopped]
run       = /test/probe hold
critical  = yes
autostart = no

[end]
run     = /test/probe exit 0 9000
on-exit = poweroff
END
unlike($machine->{console}, $reset, 'a healthy machine: no reset');

$machine = boot('dog: none', end => 'guest-shutdown', seconds => 60, files => {
	'etc/services.tab' => [0100644, <<'END']});
[system]
watchdog = 10s

[end]
run     = /test/probe exit 0 500
on-exit = poweroff
END
like($machine->{console}, qr{watchdog: /dev/watchdog: No such file or directory; name its driver},
	'no watchdog: said, and how to get one');
done_testing;
