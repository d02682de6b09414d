#!/usr/bin/perl
# Compartments that are made ahead: what a restart finds there, what becomes of
# those that nobody wants any more, made or half made, and that they are as all
# others.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('spare', folder => 'spare', tests => 73, seconds => 300,
	files => {'etc/services.d/60-defaults.tab' => [0100644, <<'END'],
[defaults]
spare = yes

[copier]
run        = /test/probe hold
credential = word:/etc/passwd
END
		map { $_ => [040777, ''] } qw(test/once test/once/it)});
done_testing;
