#!/usr/bin/perl
# Builders on one processor: a batch of 16 is at work at once, and the next one
# begins when all of it have ended, or when none of it has for 200 to 400 ms. Each
# instruction takes 4 ns of the guest's time, whatever the build host does.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my ($BATCH, $STUCK_MS, $SLACK_MS) = (16, 200, 50);
my $COUNT = 40; # and one that wants them

my $names = join ' ', map { "s$_" } 1 .. $COUNT;
my $table = <<'END' =~ s/NAMES/$names/gr . join '', map {
[system]
hostname = batch

[defaults]
autostart = no

[judge]
run       = /bin/sh /test/check
isolation = none
on-exit   = poweroff
autostart = yes
after     = mounts modules devices network

[slow]
run = /bin/sleep 1000

[all]
run   = /bin/sleep 1000
after = NAMES
wants = NAMES

END
	"[s$_]\nrun = /bin/sleep 1000\n"
} 1 .. $COUNT;

my $machine = boot('batch', folder => 'batch', tests => 5, seconds => 300,
	cpus => 1, qemu => ['-icount', 'shift=2,sleep=off'],
	files => {'etc/services.tab' => [0100644, $table]});

# What the kernel's tracer saw of builders, in order: [seconds, pid, whether it
# began].
sub seen {
	my ($what) = @_;
	my @lines = @{$machine->{data}{$what} // []};
	my %other = map { /_exit: comm=(\S+) pid=(\d+)/ && $1 ne 'builder'
		? ($2 => 1) : () } @lines;
	return map {
		/ ([\d.]+): sched_process_(fork|exit): .*pid=(\d+)/ && !$other{$3}
		? [$1, $3, $2 eq 'fork'] : ();
	} @lines;
}

# The batches of a trace, before which the builders HELD were at work already:
# how many builders each had, how many were at work at once, and how long those
# waited, in ms, that began while one of the batch before was at work.
sub batches {
	my ($what, @held) = @_;
	my %at_work = map { $_ => 1 } @held;
	my ($begun, $changed, $most) = (scalar @held, 0, 0);
	my @counts = @held ? 1 : ();
	my @early;
	for (seen($what)) {
		my ($time, $pid, $begins) = @$_;
		if ($begins) {
			if ($begun == $BATCH) {
				push @early, ($time - $changed) * 1000;
				%at_work = ();
			}
			$begun = 0 unless %at_work;
			push @counts, 0 unless $begun++;
			$counts[-1]++;
			$at_work{$pid} = 1;
			$most = keys %at_work if $most < keys %at_work;
		} else {
			delete $at_work{$pid};
			$begun = 0 unless %at_work;
		}
		$changed = $time;
	}
	return (\@counts, $most, \@early);
}

my ($counts, $most, $early) = batches('well');
is_deeply($counts, [16, 16, 8, 1], 'as many as that begin together')
    or diag("@$counts");
is($most, $BATCH, "twin: $BATCH are at work at once");
is_deeply($early, [], 'none begins while one of the batch before it is at work');

my ($held) = @{$machine->{data}{held} // []};
($counts, $most, $early) = batches('stuck', $held);
is_deeply($counts, [16, 16, 9, 1], 'one that hangs is of the first batch alone')
    or diag("@$counts");
is(scalar @$early, 1, '... and waited for once');
cmp_ok($early->[0] // 1e9, '<', 2 * $STUCK_MS + $SLACK_MS,
	"... for twice $STUCK_MS ms at most");
cmp_ok($early->[0] // 0, '>', $STUCK_MS - $SLACK_MS, "... and for $STUCK_MS ms");
done_testing;
