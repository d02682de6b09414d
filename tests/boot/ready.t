#!/usr/bin/perl
# When a service counts as up: what it says by itself, and what is seen of it.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $machine = boot('ready', folder => 'ready', tests => 34, seconds => 120);
like($machine->{console}, qr/liar: MAINPID: not done/,
	'MAINPID is refused, and said');
done_testing;
