#!/usr/bin/perl
# The shipped image, unchanged, as a person meets it: the last line of the
# boot, the web page through the forwarded port, the shell on the console.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use IO::Socket::INET;
use Test::More;

my $port = do {
	my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
	    or die "no port: $!\n";
	$free->sockport;
};

# A page as a browser asks for it; waits until the machine answers.
sub page {
	my ($path) = @_;
	for (1 .. 20) {
		my $to = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
			PeerPort => $port, Timeout => 5) or next;
		print $to "GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n";
		local $SIG{ALRM} = sub { die "late\n" };
		my $text = eval {
			alarm 10;
			local $/;
			my $all = <$to>;
			alarm 0;
			$all;
		};
		alarm 0;
		return $text if $text;
		select undef, undef, undef, 0.5;
	}
	return '';
}

# ask(MACHINE, COMMAND, PATTERN): types it and waits for the answer
sub ask {
	my ($machine, $command, $pattern, $name) = @_;
	$machine->type("$command\r");
	my $got = $machine->expect($pattern, 15);
	ok(defined $got, $name);
	return $got // '';
}

# A program in front by the name of FILE that says so itself: before that the
# terminal may be its shell's, which loses a ^C on the way to it.
sub in_front {
	my ($machine, $file) = @_;
	$machine->type("echo in-\$((6 * 7)) >$file; tail -f $file\r");
	ok($machine->expect(qr/in-42/, 15), "$file is in front");
}

my $page = do {
	open my $from, '<', 'rootfs/www/index.html' or die;
	local $/;
	<$from>;
};

sub person {
	my ($machine) = @_;
	my $line = $machine->expect(qr/([^\r\n]*\b\d+ ms\b[^\r\n]*)\r?\n/, 40) // '';
	like($line, qr/Ctrl-A X/, 'the last line tells how to leave QEMU');
	like($line, qr/\b\d+\b.* up\b|\bup\b.*\d+/, 'and what is up');
	note("last line: $line");
	my $got = page('/');
	like($got, qr{^HTTP/1\.[01] 200}, 'the web page is served');
	ok(index($got, $page) >= 0, 'and is the one of the image');
	like(page('/nothing-here'), qr{^HTTP/1\.[01] 404}, 'another is not there');
	like(page('/../etc/passwd'), qr{^HTTP/1\.[01] 40[034]},
		'nor one outside of its folder');

	$machine->type("\r");
	$machine->prompt(20);
	ask($machine, 'echo mark-$((6 * 7))', qr/mark-42/, 'the shell answers');
	ask($machine, 'tty', qr{/dev/tty\w+}, 'its terminal has a name');
	ask($machine, 'echo out >/dev/tty && echo own-$((6 * 7))', qr/own-42/,
		'its terminal is its controlling one');
	ask($machine, 'ps -A -o pid,comm | head -n 5', qr/\b1 +init\b/, 'ps shows init');

	in_front($machine, '/tmp/one');
	$machine->type("\x03");
	$machine->prompt(15);
	ask($machine, 'echo after-$((6 * 7)) left-$(pgrep tail | wc -l)',
		qr/after-42 left-0/, '^C ends the program in front, and it alone');
	in_front($machine, '/tmp/two');
	$machine->type("\x1a");
	ok($machine->expect(qr/(Stopped|Suspended)/i, 10), '^Z stops it');
	$machine->prompt(15);
	ask($machine, 'grep State /proc/$(pgrep tail)/status',
		qr/T \(stopped\)/, 'the kernel says so too');
	$machine->type("fg\r");
	$machine->expect(qr{tail -f /tmp/two *\r?\n}, 10);
	# the shell says so before it is
	for (1 .. 5) {
		$machine->type("\x03");
		last if $machine->prompt(3);
	}
	ask($machine, 'echo fg-$((6 * 7)) left-$(pgrep tail | wc -l)',
		qr/fg-42 left-0/, 'fg brings it back in front of ^C');

	ask($machine, 'svc status', qr/\bweb\b.*\bup\b/, 'svc status: the web server');
	ask($machine, 'svc log kernel-log | head -n 3; echo end-$((6 * 7))',
		qr/Linux version.*end-42/s, 'svc log: the kernel messages');
	ask($machine, 'exit', qr/# exit\s[^#]*# $/,
		'the shell comes back after exit');
	$machine->type("poweroff\r");
}

boot('demo', as_shipped => 1, port => $port, drive => \&person, seconds => 120);
done_testing;
