#!/usr/bin/perl
# The life of services: order, restarts, starts that fail, stops, svc.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

# The head of a program for a machine that no board has (SPARC, 2).
my $foreign = pack 'a4 C4 x8 S S L Q3 L S6', "\x7fELF", 2, 1, 1, 0, 2, 2, 1,
    0, 0, 0, 0, 64, 56, 0, 0, 0, 0;

my $machine = boot('life', folder => 'life', tests => 67, seconds => 120,
	files => {
		'test/foreign' => [0100755, $foreign],
		'test/closed' => [0100644, "#!/bin/sh\n"],
		'test/script' => [0100755, "#!/no/such/interpreter\n"],
	});
is(join(' ', $machine->{console} =~ /stopped: (stop-\w+)/g),
	'stop-third stop-second stop-first', 'services stop in reverse order');
done_testing;
