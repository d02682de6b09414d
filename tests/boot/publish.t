#!/usr/bin/perl
# Ports of the host that lead into compartments, from the host itself and from
# outside of the machine.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep);

my $port = do {
	my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
	    or die "no port: $!\n";
	$free->sockport;
};

# A line and its echo, behind the end of it; waits until the machine answers.
sub outside {
	for (1 .. 40) {
		my $to = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
			PeerPort => $port, Timeout => 5) or next;
		print $to "from outside\n";
		$to->flush;
		$to->shutdown(1);
		local $SIG{ALRM} = sub { die "late\n" };
		my $line = eval { alarm 10; my $got = <$to>; alarm 0; $got };
		alarm 0;
		return $line if defined $line;
		sleep 0.3;
	}
	return 'no answer';
}

boot('publish', folder => 'publish', tests => 92, port => $port, seconds => 240,
	drive => sub {
		is(outside(), "from outside\n", 'from outside of the machine');
	});
done_testing;
