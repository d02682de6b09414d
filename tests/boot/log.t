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

# With 1 ns for each instruction services begin in the first second after the
# kernel: what they say in it is kept too.
my $early = boot('log early', qemu => ['-icount', 'shift=0,sleep=off'], files => {
	'etc/services.tab' => [0100644, <<'END'],
[early]
run     = /bin/cat /proc/uptime
restart = never

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff
END
	'test/check' => [0100755, <<'END']});
tries=0
while [ -z "$(svc log early)" ] && [ $((tries += 1)) -lt 50 ]; do
	sleep 0.1
done
svc log early | sed 's/.*: /said at /' >/dev/console
END
ok(console_line($early, qr{said at 0\.\d+ }),
	'what is said in the first second of the machine is kept') or
    diag(console_line($early, qr/said at|lost/) // 'nothing was said');
done_testing;
