# One run of QEMU: its console, its monitor (QMP) and its end. Knows nothing of
# tests. The process group is killed when it has not ended in time, and when
# this program ends.
package Machine;
use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(time sleep);

my %running;

# start(command => [...], log => FILE, socket => PATH, seconds => N)
sub start {
	my ($class, %self) = @_;
	my $self = bless {%self, console => '', at => 0, events => [],
		lines => '', dogs => 0}, $class;
	unlink $self->{socket};
	pipe my $in, $self->{in} or die "pipe: $!\n";
	pipe $self->{out}, my $out or die "pipe: $!\n";
	$self->{began} = time;
	$self->{pid} = fork // die "fork: $!\n";
	if (!$self->{pid}) {
		setpgrp 0, 0;
		open STDIN, '<&', $in or die;
		open STDOUT, '>&', $out or die;
		open STDERR, '>&', $out or die;
		# The second line of defence, should this program be killed.
		exec 'timeout', '--foreground', '-k', 5, $self->{seconds} + 30,
		    @{$self->{command}}, '-qmp',
		    "unix:$self->{socket},server=on,wait=off";
		die "timeout: $!\n";
	}
	$running{$self->{pid}} = 1;
	$self->{in}->autoflush(1);
	open $self->{to_log}, '>:raw', $self->{log} or die "$self->{log}: $!\n";
	$self->{to_log}->autoflush(1);
	$self->{deadline} = time + $self->{seconds};
	return $self;
}

sub _monitor {
	my ($self) = @_;
	return $self->{qmp} if $self->{qmp};
	return unless -S $self->{socket};
	$self->{qmp} = IO::Socket::UNIX->new(Peer => $self->{socket}) or return;
	$self->{qmp}->autoflush(1);
	print {$self->{qmp}} qq({"execute":"qmp_capabilities"}\n);
	return $self->{qmp};
}

# A line for QEMU's monitor, as a person would type it.
sub command {
	my ($self, $line) = @_;
	$self->_turn(0.1) until $self->_monitor or !$self->{pid};
	print {$self->{qmp}} encode_json({execute => 'human-monitor-command',
		arguments => {'command-line' => $line}}), "\n";
}

sub _events {
	my ($self) = @_;
	while ($self->{lines} =~ s/^(.*?)\r?\n//) {
		my $line = eval { decode_json($1) } or next;
		my $event = $line->{event} // '';
		$self->{dogs}++ if $event eq 'WATCHDOG';
		next unless $event eq 'SHUTDOWN';
		push @{$self->{events}}, $line->{data}{reason};
	}
}

# Reads what there is; waits at most so long for something.
sub _turn {
	my ($self, $seconds) = @_;
	my $qmp = $self->_monitor;
	my @ready = IO::Select->new(grep { defined } $self->{out}, $qmp)
	    ->can_read($seconds);
	for my $from (@ready) {
		my $got = sysread $from, my $bytes, 65536;
		if ($qmp and $from == $qmp) {
			if ($got) {
				$self->{lines} .= $bytes;
				$self->_events;
			} else {
				delete $self->{qmp};
				unlink $self->{socket};
			}
		} elsif ($got) {
			print {$self->{to_log}} $bytes;
			$self->{console} .= $bytes;
		} else {
			delete $self->{out};
		}
	}
	$self->_reap(0) unless $self->{out};
}

sub _reap {
	my ($self, $flags) = @_;
	return unless $self->{pid};
	return if waitpid($self->{pid}, $flags) != $self->{pid};
	$self->{status} = $?;
	$self->{took} = time - $self->{began};
	delete $running{delete $self->{pid}};
}

# True when it has ended by itself before the deadline.
sub wait_end {
	my ($self) = @_;
	$self->_turn(0.5) while $self->{pid} and time < $self->{deadline};
	return !$self->kill;
}

# Waits until the console shows a match behind what was matched before.
# Returns it, or undef. Only what follows counts from then on.
sub expect {
	my ($self, $pattern, $seconds) = @_;
	my $until = time + $seconds;
	$until = $self->{deadline} if $until > $self->{deadline};
	while (1) {
		pos($self->{console}) = $self->{at};
		if ($self->{console} =~ /$pattern/g) {
			$self->{at} = $+[0];
			return defined $1 ? $1 : $&;
		}
		return if !$self->{pid} or time >= $until;
		$self->_turn(0.2);
	}
}

# Waits until root's shell has nothing to do.
sub prompt {
	my ($self, $seconds) = @_;
	return $self->expect(qr/# $/, $seconds);
}

# Waits until the guest's verdict file has a match.
sub heard {
	my ($self, $pattern, $seconds) = @_;
	my $until = time + $seconds;
	while ($self->{pid} and time < $until and time < $self->{deadline}) {
		$self->_turn(0.1);
		open my $from, '<', $self->{verdict} or next;
		local $/;
		return 1 if (<$from> // '') =~ $pattern;
	}
	return 0;
}

sub type {
	my ($self, $text) = @_;
	local $SIG{PIPE} = 'IGNORE';
	print {$self->{in}} $text;
}

# True when it still ran.
sub kill {
	my ($self) = @_;
	return 0 unless $self->{pid};
	CORE::kill 'KILL', -$self->{pid};
	$self->{killed} = 1;
	# QEMU is gone, and its disks are free, when its output ends: what ended
	# first may be the one that started it.
	my $until = time + 30;
	$self->_turn(1) while $self->{out} and time < $until;
	$self->_reap(0);
	return 1;
}

END {
	local $?;
	CORE::kill 'KILL', map { -$_ } keys %running if %running;
}

1;
