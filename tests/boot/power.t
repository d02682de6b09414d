#!/usr/bin/perl
# Every way to end the machine on purpose. The kernel's last line on the
# console and QEMU's event tell which end it was.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my %last = (
	'guest-reset' => qr/reboot: Restarting system/,
	'guest-shutdown' => qr/reboot: Power down/,
	none => qr/reboot: System halted/,
);

# ends(DEED, HOW, OPTION => VALUE...)
sub ends {
	my ($deed, $how, %option) = @_;
	my $halt = sub { $_[0]->expect($last{none}, 30) };
	my $name = $option{name} // $deed;
	my $machine = boot("power: $name", folder => 'power', tests => 1,
		seconds => 45, end => $how, $how eq 'none' ? (drive => $halt) : (),
		%option, files => {%{$option{files} // {}},
			'test/deed' => [0100644, "$deed\n"]});
	like($machine->{console}, $last{$how}, "$name: the kernel's last line")
	    or diagnose($machine);
	return $machine;
}

my $once = ends('svc reboot', 'guest-reset');
ok(!console_line($once, qr/with command/), 'twin: none goes there by itself');
ends('svc poweroff', 'guest-shutdown');
ends('svc halt', 'none');
# -k only warns.
ends('shutdown -k now; reboot', 'guest-reset', name => 'reboot');
ends('poweroff', 'guest-shutdown');
ends('halt', 'none');
ends('toybox reboot', 'guest-reset');
ends('toybox poweroff', 'guest-shutdown');
ends('toybox halt', 'none');
ends('kill -TERM 1', 'guest-reset');
ends('kill -USR1 1', 'none');
ends('kill -USR2 1', 'guest-shutdown');

ends('telinit 6', 'guest-reset');
ends('/sbin/init 0', 'guest-shutdown');
# What sysvinit's own tools write: magic, runlevel, '6', no delay, 368 bytes.
ends('/test/probe initctl 6', 'guest-reset');

ends('shutdown -h now', 'guest-shutdown');
# Twice is as once, and so is what the firmware is to get.
my $twice = ends('svc reboot tryboot; svc reboot other', 'guest-reset');
ok(console_line($twice, qr/Restarting system with command 'tryboot'/),
	'an argument goes to the firmware');
ends('shutdown -Hr now; kill -TERM 1; kill -USR2 1', 'guest-reset');

# No room for the process that ends the machine: it is made to restart.
boot('power: no process', folder => 'power', tests => 1, seconds => 60,
	end => 'guest-reset', files => {'test/deed' => [0100644,
		"echo 1 >/sys/fs/cgroup/init/pids.max; svc poweroff\n"]});

# shutdown-limit: what would take an hour to stop does not hold it up.
my $stuck = ends('svc poweroff', 'guest-shutdown', name => 'shutdown-limit',
	append => 'bulkhead.table=/etc/stuck.tab');

# Ctrl-Alt-Del (SIGINT) once more: nothing is waited for, be it on its way up or
# down.
my $hurried = ends("trap '' TERM; kill -INT 1; wait_for 20 eval "
	    . "'svc status stubborn | grep -q stopping'; kill -INT 1",
	'guest-reset', name => 'SIGINT twice',
	append => 'bulkhead.table=/etc/hour.tab',
	files => {'etc/hour.tab' => [0100644,
		bytes('tests/boot/power/stuck.tab') =~ s/= 4s$/= 1h/mr]});
my $late = qr/still \w+ at shutdown-limit/;
ok(!console_line($hurried, $late), 'SIGINT twice: shutdown-limit is not awaited');
ok(console_line($stuck, $late), 'twin: once, it is');

# Ctrl-Alt-Del on a keyboard: of the PC, or one that a module serves. Debian 13
# compresses modules.
my $module = kernel_module('drivers/virtio/virtio_input');
ends('insmod /test/virtio_input.ko; say "> keyboard"; $probe drain >&9',
	'guest-reset', name => 'Ctrl-Alt-Del',
	qemu => ['-device', 'virtio-keyboard-pci'],
	files => {'test/virtio_input.ko' => [0100644, $module]},
	drive => sub {
		my ($machine) = @_;
		$machine->heard(qr/> keyboard/, 30);
		$machine->command('sendkey ctrl-alt-delete');
	});
done_testing;
