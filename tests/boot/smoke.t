#!/usr/bin/perl
# The least that must work before another test can say anything.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('smoke', folder => 'smoke', tests => 4);
done_testing;
