#!/usr/bin/perl
# Nothing that a stopped service left remains: compared before and after.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('leaks', folder => 'leaks', tests => 12, seconds => 180);
done_testing;
