#!/usr/bin/perl
# What services say, and what becomes of it.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Schema;
use Test::More;

my $machine = boot('log', folder => 'log', tests => 54, seconds => 120);
my @lines = map { decode_json($_) } grep { length } @{$machine->{data}{json} // []};
is(scalar @lines, 11, 'svc log --json: an object a line');
is_deeply([map { faults('log', $_) } @lines], [], '... as its schema says');
my ($line) = grep { $_->{text} eq 'speaker[2]: by syslog' } @lines;
is("$line->{service} $line->{stream} $line->{facility}.$line->{level}",
	'speaker log daemon.warning', 'and what is in it');
ok(console_line($machine, qr/^carried: one$/), 'console: whose line it is');
ok(console_line($machine, qr/^as it was said$/), 'console raw: and nothing but the line');
ok(!console_line($machine, qr/^plain: /), 'twin: it is not told whose that is');
done_testing;
