#!/usr/bin/perl
# Limits: what the kernel was told, and what comes of a memory hog, a fork
# bomb, a busy loop and ten thousand orphans.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('limits', folder => 'limits', tests => 33, seconds => 150);
done_testing;
