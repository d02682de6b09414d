#!/usr/bin/perl
# Another table while the machine runs: who is touched, and who is not. LONG=N:
# so many reloads in a row.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Schema;
use Test::More;

my $more = <<'TABLE';
[defaults]
umask = 022

[heir]
run = /test/probe hold

[own]
run   = /test/probe hold
umask = 077
TABLE

my $many = $ENV{LONG} // 50;
my $machine = boot('reload', folder => 'reload', tests => 101, seconds => 240 + $many / 4,
	append => "test.reloads=$many",
	files => {'etc/services.d' => [040755, ''],
		'etc/services.d/more.tab' => [0100644, $more]});
my ($json) = map { decode_json($_) } @{$machine->{data}{json} // []};
is_deeply([faults('reload_table', $json)], [], '--json: is as its schema says');
is_deeply($json, {changed => 0, new => 0, gone => 0, kept => $json->{kept},
	text => "0 changed, 0 new, 0 gone, $json->{kept} as before"},
	'--json: the numbers of services');
done_testing;
