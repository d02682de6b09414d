#!/usr/bin/perl
# Conditions: what must hold of the host for a service to run, and what reloads
# one.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Test::More;

my %fuse = ('test/fuse.ko' => [0100644, kernel_module('fs/fuse/fuse')]);
my $machine = boot('when', folder => 'when', tests => 91, seconds => 180,
	files => \%fuse,
	append => 'test.word="a b"');
my ($why) = map { decode_json($_) } @{$machine->{data}{why} // ['[]']};
is($why->[0]{reason},
	"it waits for 'path:/run/deep/er/flag', 'net:no0', as its 'when' says",
	'svc why --json: the conditions that hold it, and no other');
done_testing;
