#!/usr/bin/perl
# init is replaced, and crashes, and services live on; past crash-limit, and
# where there is nothing to go on with, the machine reboots, and says so at its
# next boot. REEXECS=N: how often; 1000 take about a minute.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $count = $ENV{REEXECS} // 150;
my $built = 'build/' . board() . '/boot';

my $softdog = kernel_module('drivers/watchdog/softdog');
my $machine = boot('reexec', folder => 'reexec', tests => 49, seconds => 600,
	files => {
		'test/count' => [0100644, "count=$count\n"],
		(map { ("test/$_" => [0100755, bytes("$built/$_")]) }
			'init-next', 'init-far')});
note("$_: @{$machine->{data}{$_} // []}") for 'replaced', 'crashed';

# --- crash-limit -------------------------------------------------------------

my $table = <<'END';
[system]
crash-limit = 2 1m

[hold]
run = /test/probe hold

[fate]
run       = /bin/sh /test/fate
isolation = none
END

sub fate {
	my ($name, $end, $deed, %files) = @_;
	return boot("reexec: $name", end => $end, seconds => 60, files => {
		'etc/services.tab' => [0100644, $table],
		'test/fate' => [0100644, $deed], %files});
}

$machine = fate('within crash-limit', 'guest-shutdown', <<'END');
/test/probe crash-init 2 hold && svc poweroff
sleep 60
END
unlike($machine->{console}, qr/safe mode/, 'within crash-limit: init goes on');

$machine = fate('past crash-limit', 'guest-reset', <<'END');
/test/probe crash-init 3 hold
sleep 60
END
like($machine->{console}, qr/crash-limit is reached: safe mode/,
	'past crash-limit: said');
like($machine->{console}, qr/init has crashed \(signal 4\).*rebooted/,
	'past crash-limit: and why it reboots');

$machine = fate('the next boot', 'guest-shutdown', <<'END',
until svc log init | grep -q 'the last boot'; do sleep 0.1; done
[ -e /var/lib/bulkhead/crash ] || svc poweroff
sleep 60
END
	'var/lib/bulkhead' => [040755, ''],
	'var/lib/bulkhead/crash' => [0100644, "\x04"]);
like($machine->{console}, qr/last boot was ended since init had crashed too often \(signal 4\)/,
	'the next boot: told, once');

# Before there is a state to go on with.
$machine = fate('too early', 'guest-reset', '',
	'lib/bulkhead/loader' => [0100755, "#!/bin/sh\nkill -SEGV 1\nsleep 60\n"]);
like($machine->{console}, qr/init has crashed \(signal 11\): it was too early/,
	'too early: said');
done_testing;
