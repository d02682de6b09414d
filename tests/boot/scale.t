#!/usr/bin/perl
# Many compartments in 512 MiB, the memory of init and of a reaper, rest, how
# long the end takes, and the sizes of the binaries. In boots with one processor
# each instruction takes 4 ns of the guest's time, whatever the build host does
# besides, and time in which nothing happens is skipped.
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
stop-timeout  = 2s

[stubborn]
run = /test/probe ignore 15

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff

END

# crowd(COUNT, REST, FACTS, CPUS): REST: with half a minute in which nothing
# happens, and the memory of pid 1, which is promised for 100 services. With more
# processors than one, where many builders work at once, no instructions are
# counted, and so no time is promised; there, the machine has so much memory that
# the kernel gives huge pages to whom they fit.
sub crowd {
	my ($count, $rest, $facts, $cpus) = @_;
	my $table = join '', $judge, map {
		"[s$_]\nrun = /test/probe unix /tmp/socket s$_\n"
	} 1 .. $count;
	my $machine = boot("scale $count on $cpus", folder => 'scale',
		tests => $facts, seconds => 300, cpus => $cpus,
		memory => $cpus == 1 ? 512 : 768,
		qemu => $cpus == 1 ? ['-icount', 'shift=2,sleep=off'] : [],
		files => {
			'etc/services.tab' => [0100644, $table],
			'test/count' => [0100644, "count=$count\nrest=$rest\ncpus=$cpus\n"],
		});
	note(console_line($machine, qr/\d+ ms/) // 'no last line of the boot');
	how_it_ended($machine, $count) if $cpus == 1;
}

# From the exit that ends the machine to the kernel's last line, in the guest's
# own time. What all but one take is promised to be a second at most.
sub how_it_ended {
	my ($machine, $count) = @_;
	my ($began) = map { s/ .*//r } @{$machine->{data}{ends} // []};
	my ($ended) = $machine->{console} =~ /\[\s*([0-9.]+)\] reboot: Power down/;
	my $took = ($ended // 1e9) - ($began // 0);
	my $rest = $took - 2;
	note(sprintf '%d services: powered off in %.2f s, of which 2 s are the ' .
		'longest stop-timeout', $count, $took);
	cmp_ok($rest, '<', 1,
		"$count services are stopped in the longest stop-timeout and a second");
	cmp_ok($rest, '>', -0.2, 'twin: one uses its stop-timeout up');
}

crowd(100, 'yes', 6, 1);
crowd(200, 'no', 3, 1);
crowd(100, 'no', 6, 2);

# At most so many bytes each, where the board says how many.
my $most = setting('SIZE_LIMIT');
for my $name (qw(init svc builder loader)) {
	my $size = -s 'build/' . board() . "/$name";
	note("$name: $size bytes");
	next unless $name =~ /^(init|svc)$/;
	ok(!$most || $size <= $most, "$name is small");
}
done_testing;
