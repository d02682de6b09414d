#!/usr/bin/perl
# What is done with a service while it runs, and by the clock: checks, reloads,
# timers.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('timers', folder => 'timers', tests => 38, seconds => 120);
done_testing;
