#!/usr/bin/perl
# Tables: with faults, none at all, another one; the rescue shell; what a
# table makes of the host.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $machine = boot('faulty table', folder => 'table', tests => 9);
for my $fault (qr/services\.tab:8:1: .*'restrat'.*'restart'/,
	qr/services\.tab:\d+(:\d+)?: cycle .*one.*two/,
	qr/services\.tab:24:\d+: .*nobody-knows/,
	qr/services\.tab:28:\d+: .*12Q/) {
	ok(console_line($machine, $fault), "the console has $fault")
	    or diagnose($machine);
}

sub rescue {
	my ($machine) = @_;
	ok($machine->prompt(40), 'the rescue shell has a prompt');
	$machine->type("echo running-\$(ls -d /sys/fs/cgroup/svc/*/ 2>/dev/null | wc -l | tr -d ' ')\r");
	my $count = $machine->expect(qr/running-(\d+)/, 10) // 'none';
	ok($count =~ /^[01]$/, "no service but the shell runs ($count)");
	$machine->type("tty && exec 3<>/dev/tty && echo terminal-\$((6 * 7))\r");
	ok($machine->expect(qr/terminal-42/, 10), 'it has a controlling terminal');
	$machine->type("exit\r");
	ok($machine->expect(qr/# exit\s[^#]*# $/, 20),
		'it comes back after exit');
	$machine->type("reboot\r");
}

$machine = boot('no table', drive => \&rescue, end => 'guest-reset',
	leave_out => ['etc/services.tab', 'etc/services.d/50-board.tab']);
ok(console_line($machine, qr{/etc/services\.tab.*No such file}),
	'no table: the console tells') or diagnose($machine);
boot('bulkhead.rescue', drive => \&rescue, end => 'guest-reset',
	append => 'bulkhead.rescue', folder => 'host');
$machine = boot('bulkhead.table = nothing', drive => \&rescue,
	end => 'guest-reset', append => 'bulkhead.table=/no/table',
	leave_out => ['etc/services.d/50-board.tab']);
ok(console_line($machine, qr{/no/table.*No such file}),
	'bulkhead.table = nothing: the console tells') or diagnose($machine);

my $more = do {
	open my $from, '<', 'tests/boot/host/70-more.tab' or die;
	local $/;
	<$from>;
};
boot('host', folder => 'host', tests => 15,
	files => {'etc/services.d/70-more.tab' => [0100644, $more]});
boot('bulkhead.table', folder => 'host', tests => 2,
	append => 'bulkhead.table=/etc/other.tab');
done_testing;
