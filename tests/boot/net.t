#!/usr/bin/perl
# Networks: bridges, interfaces and names of services, who reaches whom, and
# what is left of it.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('net', folder => 'net', tests => 73, seconds => 240);
done_testing;
