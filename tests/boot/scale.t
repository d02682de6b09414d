#!/usr/bin/perl
# Many compartments in 512 MiB, the memory of init and of a reaper, rest, and
# the sizes of the binaries.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $judge = <<'END';
[system]
hostname = scale

[defaults]
restart-limit = none

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff

END

# crowd(COUNT, REST, FACTS): REST: with half a minute in which nothing happens,
# and the memory of pid 1, which is promised for 100 services.
sub crowd {
	my ($count, $rest, $facts) = @_;
	my $table = join '', $judge, map {
		"[s$_]\nrun = /test/probe unix /tmp/socket s$_\n"
	} 1 .. $count;
	my $machine = boot("scale $count", folder => 'scale', tests => $facts,
		seconds => 200, files => {
			'etc/services.tab' => [0100644, $table],
			'test/count' => [0100644, "count=$count\nrest=$rest\n"],
		});
	note(console_line($machine, qr/\d+ ms/) // 'no last line of the boot');
}

crowd(100, 'yes', 5);
crowd(200, 'no', 3);

# At most so many bytes each, where the board says how many.
my $most = setting('SIZE_LIMIT');
for my $name (qw(init svc builder loader)) {
	my $size = -s 'build/' . board() . "/$name";
	note("$name: $size bytes");
	next unless $name =~ /^(init|svc)$/;
	ok(!$most || $size <= $most, "$name is small");
}
done_testing;
