#!/usr/bin/perl
# Sockets that services are given: every kind, on demand, over restarts; and
# descriptors that they hand in.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('sockets', folder => 'sockets', tests => 70, seconds => 240,
	files => {'test/vsock_loopback.ko' => [0100644,
		kernel_module('net/vmw_vsock/vsock_loopback')]});
done_testing;
