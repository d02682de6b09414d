#!/usr/bin/perl
# Ends that a table asks for: on-exit and where its code goes, on-limit, and
# reboot-limit, which keeps a machine from rebooting for ever.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

sub table {
	my ($text) = @_;
	return {'etc/services.tab' => [0100644, $text]};
}

my $prompt = qr/# $/;

for my $end (['poweroff', 'guest-shutdown'], ['reboot', 'guest-reset']) {
	my ($how, $event) = @$end;
	my $machine = boot("on-exit = $how", end => $event, files => table(<<END));
[system]
hostname = ends

[job]
run     = /test/probe exit 7 500
on-exit = $how
END
	ok(console_line($machine, qr/\b7\b/),
		"on-exit = $how: the console tells the code");
}
my $machine = boot('on-exit = halt', end => 'none', files => table(<<END),
[job]
run     = /test/probe exit 0 500
on-exit = halt
END
	drive => sub { $_[0]->expect(qr/reboot: System halted/, 30) });
like($machine->{console}, qr/reboot: System halted/, 'on-exit = halt: halted');

# Some hypervisors end on a reboot, and on nothing else.
boot('poweroff-by = reboot', end => 'guest-reset', files => table(<<'END'));
[system]
poweroff-by = reboot

[job]
run     = /test/probe exit 0 500
on-exit = poweroff
END

# QEMU ends with (code << 1) | 1 where the machine has such a port.
SKIP: {
	skip('isa-debug-exit is a PC device', 3) if board() !~ /x86/;
	for my $code (0, 7) {
		my $machine = boot("report = isa-debug-exit $code", end => 'exit',
			qemu => ['-device', 'isa-debug-exit'],
			files => table(<<END));
[system]
report = isa-debug-exit

[job]
run     = /test/probe exit $code 500
on-exit = poweroff
END
		is($machine->{status} >> 8, $code << 1 | 1,
			"isa-debug-exit: $code is QEMU's exit status");
	}
}

my $hopeless = <<'END';
[system]
hostname     = ends
reboot-limit = 3 1h

[hopeless]
run           = /test/probe exit 1
restart-delay = 0 10ms 10ms
restart-limit = 2 1m
on-limit      = ACT
END
sub hopeless {
	my ($act, @more) = @_;
	(my $text = $hopeless) =~ s/ACT/$act/;
	return {%{table($text)}, @more};
}
# Without the board's console, the rescue shell is the only one there.
my @alone = (leave_out => ['etc/services.d/50-board.tab']);

sub rescued {
	my ($machine) = @_;
	$machine->expect($prompt, 40);
	$machine->type("echo alive-\$((6 * 7)); svc poweroff\r");
	ok($machine->expect(qr/alive-42/, 15), 'a rescue shell answers');
}

boot('on-limit = poweroff', files => hopeless('poweroff'));
boot('on-limit = rescue', @alone, files => hopeless('rescue'),
	drive => \&rescued);
boot('on-limit = reboot', end => 'guest-reset', files => hopeless('reboot'));

# The record of reboots: seconds since the epoch.
sub record {
	my ($age, $count) = @_;
	return ('var/lib/bulkhead' => [040755, ''], 'var/lib/bulkhead/reboots' =>
		[0100644, pack 'Q<*', map { time - $age + $_ } 1 .. $count]);
}
boot('reboot-limit: two before', end => 'guest-reset',
	files => hopeless('reboot', record(600, 2)));
boot('reboot-limit: three before', @alone,
	files => hopeless('reboot', record(600, 3)), drive => \&rescued);
boot('reboot-limit: three, but long ago', end => 'guest-reset',
	files => hopeless('reboot', record(7200, 3)));

# A table without any service. The record is read when all is mounted.
boot('rescue = reboot', @alone, end => 'guest-reset',
	files => table("[system]\nrescue = reboot\n"));
my $again = boot('rescue = reboot, three before', @alone, drive => \&rescued,
	files => {%{table("[system]\nrescue = reboot\n")}, record(600, 3)});
like($again->{console}, qr/reboot-limit is reached; the rescue shell/,
	'rescue = reboot, three before: why is told');
my $waits = boot('rescue = wait', @alone, end => 'none',
	files => table("[system]\nrescue = wait\n"),
	drive => sub {
		my ($machine) = @_;
		$machine->expect(qr/no service, and nothing is started/, 40);
		ok(!$machine->expect($prompt, 2), 'rescue = wait: no shell');
	});
like($waits->{console}, qr/no service in the table; nothing is started/,
	'rescue = wait: the table tells');

# A good boot begins anew with them; one where something that `healthy` names
# has not been up does not. Time that nobody uses passes at once.
sub healthy {
	my ($names, $until) = @_;
	my $files = hopeless('reboot', record(600, 3));
	$files->{'etc/services.tab'}[1] =~ s/^reboot-limit/healthy = $names\n$&/m;
	$files->{'etc/services.tab'}[1] .= <<"END";
autostart     = no

[web]
run = /test/probe hold

[late]
run       = /test/probe hold
autostart = no

[script]
run       = /bin/sh -c "exec >/dev/console; svc status --json web; $until; svc status --json web; svc start hopeless"
isolation = none
restart   = never
END
	return (qemu => ['-icount', 'shift=2,sleep=off'], files => $files);
}
my $good = boot('healthy: all are up', end => 'guest-reset', @alone,
	healthy('web', 'until [ -e /run/bulkhead/good ]; do sleep 2; done; '
	    . 'ls /var/lib/bulkhead'));
like($good->{console}, qr/"boot":"not good yet".*the boot is good.*"boot":"good"/s,
	'healthy: all are up: the boot is good');
unlike($good->{console}, qr/^reboots/m, 'and nothing of the record is left');
my $bad = boot('healthy: one is not', @alone, drive => \&rescued,
	healthy('web late', 'sleep 15'));
unlike($bad->{console}, qr/the boot is good/, 'healthy: one is not: it is not');
done_testing;
