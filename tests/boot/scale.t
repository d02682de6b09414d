#!/usr/bin/perl
# Many compartments in 512 MiB, the memory of init and of a reaper, rest, and
# the sizes of the binaries.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $count = board() =~ /x86_64/ ? 200 : 100;
my $table = <<'END';
[system]
hostname = scale

[defaults]
restart-limit = none

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff

END
$table .= "[s$_]\nrun = /test/probe unix /tmp/socket s$_\n" for 1 .. $count;
my $machine = boot('scale', folder => 'scale', tests => 5, seconds => 200,
	files => {
		'etc/services.tab' => [0100644, $table],
		'test/count' => [0100644, "count=$count\n"],
	});
note($_) for @{$machine->{data}{figures} // []};
note(console_line($machine, qr/\d+ ms/) // 'no last line of the boot');

# 96 KiB each on the PC; elsewhere printed.
for my $name (qw(init svc)) {
	my $size = -s 'build/' . board() . "/$name";
	note("$name: $size bytes");
	ok($size <= (board() =~ /x86_64/ ? 98304 : 262144), "$name is small");
}
done_testing;
