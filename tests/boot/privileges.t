#!/usr/bin/perl
# Privileges: capabilities, what may be gained, what the filter of system calls
# and Landlock refuse.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('privileges', folder => 'privileges', tests => 23, seconds => 120);
done_testing;
