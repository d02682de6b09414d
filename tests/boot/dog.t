#!/usr/bin/perl
# The machine's watchdog: a hung init, also while the machine ends, and a critical
# service that has failed for good end in a reset; a healthy machine does not. On the one board it is the chipset's, which only the distribution's
# full kernel can drive, on the other the kernel's own. Time that nobody uses
# passes at once, so that an hour takes seconds.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $is_chip = setting('ARCH') eq 'amd64';
my $driver = $is_chip ? 'i6300esb' : 'softdog';
my $name = $is_chip ? 'i6300ESB timer' : 'Software Watchdog';
my ($kernel, %modules) = $is_chip
    ? other_kernel("linux-image-amd64", "i6300esb", "virtio_pci",
	"virtio_net", "virtio_rng") : ();
my @qemu = ($is_chip ? qw(-device i6300esb) : (),
	'-icount', 'shift=2,sleep=off');

# case(NAME, END, LIMIT, TEXT, OPTION => VALUE...): a boot with that in its table
sub case {
	my ($title, $end, $limit, $text, %option) = @_;
	return boot("dog: $title", end => $end, seconds => 150,
		kernel => $kernel, qemu => [@qemu, @{$option{qemu} // []}],
		files => {%modules, 'etc/services.tab' => [0100644, <<END]});
[system]
hostname = dog
modules  = $driver
watchdog = $limit

$text
END
}

# Whether it was the watchdog: the chip's tells QEMU, the kernel's the console.
sub bites {
	my ($machine) = @_;
	return $machine->{dogs} if $is_chip;
	return () = $machine->{console} =~ /Initiating system reboot/g;
}

sub bitten {
	my ($machine, $what) = @_;
	is(bites($machine), 1, "$what: reset by the watchdog");
}

# QEMU's chip knows after the reset that it bit.
my $machine = case('a hung init', $is_chip ? 'guest-shutdown' : 'guest-reset',
	'3s', <<'END', $is_chip ? (qemu => [qw(-action reboot=reset)]) : ());
[hold]
run       = /bin/sh -c "until svc log init | grep -q watchdog:; do sleep 0.1; done; svc log init | grep -q 'ended the last boot' || exec /test/probe hold-init"
isolation = none
on-exit   = poweroff
END
like($machine->{console},
	qr/watchdog: \Q$name\E: resets the machine after 3 s/,
	'a hung init: the watchdog was introduced');
bitten($machine, 'a hung init');
like($machine->{console}, qr/watchdog: it ended the last boot/,
	'and the next boot says so') if $is_chip;

# What a driver cannot do is not kept from anybody.
$machine = case('a critical service', 'guest-reset', '1d', <<'END');
[vital]
run           = /test/probe exit 1
critical      = yes
restart-delay = 0 10ms 10ms
restart-limit = 2 1m
on-limit      = give-up
END
like($machine->{console}, qr/watchdog: it cannot have 86400 s; write 'watchdog = \d+s'/,
	"a critical service: the watchdog has a time-out that it can have");
like($machine->{console}, qr/watchdog: a critical service has failed/,
	'a critical service: said before');
bitten($machine, 'a critical service');

# While services stop.
$machine = case('a hang in shutdown', 'guest-reset', '3s', <<'END');
[hold]
run       = /bin/sh -c "trap 'exec /test/probe hold-init' TERM; while :; do sleep 0.1; done"
isolation = none

[end]
needs     = hold
run       = /test/probe exit 0 500
on-exit   = poweroff
END
like($machine->{console}, qr/powering off/,
	'a hang in shutdown: it had begun');
bitten($machine, 'a hang in shutdown');

$machine = case('a healthy hour', 'guest-shutdown', '3s', <<'END');
[vital]
run      = /test/probe hold
critical = yes

[back-off]
run           = /test/probe exit 1
critical      = yes
restart-delay = 0 100ms 10m
restart-limit = none

[stopped]
run       = /test/probe hold
critical  = yes
autostart = no

[any-other]
run           = /test/probe exit 1
restart-delay = 0 10ms 10ms
restart-limit = 2 1m
on-limit      = give-up

[end]
run     = /test/probe exit 0 3600000
on-exit = poweroff
END
is(bites($machine), 0, 'a healthy hour: no reset');
like($machine->{console}, qr/any-other: .*restart-limit reached/,
	'a healthy hour: though a service failed that is not critical');
my ($took) = $machine->{console} =~ /\[\s*(\d+)\.\d+\] reboot: Power down/;
cmp_ok($took // 0, '>=', 3600, 'a healthy hour: it was one');

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
