#!/usr/bin/perl
# What each process may use, how the CPUs are shared, frozen services, and
# groups that a service keeps itself.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $disk = "build/@{[board()]}/boot/resources.disk";
mkdir "build/@{[board()]}/boot";
open my $to, '>', $disk or die "$disk: $!\n";
truncate $to, 16 << 20;
close $to;

boot('resources', folder => 'resources', tests => 66, seconds => 120,
	qemu => ['-drive', "file=$disk,if=none,id=disk,format=raw",
		'-device', 'virtio-blk-pci,drive=disk']);
unlink $disk;
done_testing;
