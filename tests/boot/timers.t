#!/usr/bin/perl
# What is done with a service while it runs, and by the clock: checks, reloads,
# timers.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('timers', folder => 'timers', tests => 51, seconds => 150, files => {
	'test/first.env' => [0100600,
		"# first\nONE=first\nTWO=first\nTHREE=a  b # \"c\"\nPATH=/first\n"],
	'test/second.env' => [0100600, "\nTWO=second\r\n"],
	'test/bad.env' => [0100644, "A=1\nB=\"2\"\n"],
	'test/link.env' => [0120777, 'second.env'],
});
done_testing;
