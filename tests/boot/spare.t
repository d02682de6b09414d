#!/usr/bin/perl
# Compartments that are made ahead: what a restart finds there, what becomes of
# those that nobody wants any more, made or half made, and that they are as all
# others.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

boot('spare', folder => 'spare', tests => 64, seconds => 150,
	files => {map { $_ => [040777, ''] } qw(test/once test/once/it)});
done_testing;
