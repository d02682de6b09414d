#!/usr/bin/perl
# What each process may use, how the CPUs are shared, frozen services, and
# groups that a service keeps itself.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('resources', folder => 'resources', tests => 51, seconds => 120);
done_testing;
