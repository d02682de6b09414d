#!/usr/bin/perl
# What services say, and what becomes of it.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Test::More;

my $machine = boot('log', folder => 'log', tests => 50, seconds => 120);
my @lines = map { decode_json($_) } grep { length } @{$machine->{data}{json} // []};
is(scalar @lines, 11, 'svc log --json: an object a line');
my ($line) = grep { $_->{text} eq 'speaker[2]: by syslog' } @lines;
is("$line->{service} $line->{stream} $line->{facility}.$line->{level}",
	'speaker log daemon.warning', 'and what is in it');
done_testing;
