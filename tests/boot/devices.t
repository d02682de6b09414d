#!/usr/bin/perl
# Devices: nodes inside, the filter of each group, and what is plugged in and
# out while a service runs.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my %module = map { m{([^/]+)$}; ("test/$1.ko" => [0100644, kernel_module($_)]) }
    qw(drivers/net/tun drivers/input/evdev drivers/virtio/virtio_input
    drivers/block/loop);
boot('devices', folder => 'devices', tests => 56, seconds => 120,
	files => \%module, qemu => ['-device', 'virtio-keyboard-pci'],
	drive => sub {
		my ($machine) = @_;
		$machine->command('sendkey a')
		    if $machine->heard(qr/> keyboard/, 60);
	});
done_testing;
