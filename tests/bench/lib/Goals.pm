# What is to be reached, and what was: pure, on what Report.pm has made.
package Goals;
use strict;
use warnings;
use Figures qw(round3 slope median);
use Report;

# A ratio of two peers' figures that must not be more than $most.
sub _ratio {
	my ($number, $metric, $n, $one, $other, $most) = @_;
	return {number => $number, most => $most,
		what => "$metric" . ($n ? " of $n" : '') . ": $one / $other",
		found => sub {
			my ($group) = @_;
			return (Report::ratio($group, $metric, $one, $other,
				$n))[1];
		}};
}

# A figure of one peer, divided by $by.
sub _figure {
	my ($number, $metric, $n, $peer, $unit, $most, $by) = @_;
	return {number => $number, most => $most, unit => $unit,
		what => "$metric" . ($n ? " of $n" : '') . ": $peer",
		found => sub {
			my ($group) = @_;
			my @spread = Report::spread($group, $metric, $peer, $n);
			return @spread ? $spread[1] / ($by // 1) : undef;
		}};
}

sub _slope {
	my ($number, $metric, $from, $to, $most) = @_;
	return {number => $number, most => $most,
		what => "$metric: growth from $from to $to",
		found => sub {
			my ($group) = @_;
			my @points = map {
				my @spread = Report::spread($group, $metric,
					'bulkhead', $_);
				@spread ? [$_, $spread[1]] : ();
			} $from, $to;
			return slope(@points);
		}};
}

# The same figure in two groups.
sub _between {
	my ($number, $what, $most, $found) = @_;
	return {number => $number, most => $most, what => $what,
		between => $found};
}

sub _up {
	my ($group, $peer) = @_;
	return (Report::spread($group, 'up', $peer, 100))[1];
}

our @NATIVE = (
	_ratio(1, 'spawned', 0, 'bulkhead', 'floor-T', 1.15),
	_ratio(2, 'spawn', 0, 'bulkhead', 'bubblewrap', 0.25),
	_ratio(2, 'spawn', 0, 'bulkhead', 'unshare', 0.5),
	_ratio(2, 'spawn', 0, 'bulkhead', 'crun', 0.15),
	_ratio(7, 'up', 1000, 'bulkhead', 'runit', 1.0),
	_ratio(7, 'up', 1000, 'bulkhead', 's6', 0.8),
	_slope(7, 'up', 100, 1000, 1.05),
	_slope(7, 'up', 1000, 5000, 1.45),
	_ratio(16, 'table', 10000, 'bulkhead', 'sort', 1.0),
	_slope(16, 'table', 1000, 10000, 1.05),
);

our @BOOT = (
	_ratio(3, 'up', 100, 'bulkhead', 'floor-T', 1.05),
	_ratio(3, 'up', 100, 'bulkhead', 'finit', 1.0),
	_ratio(4, 'up', 100, 'bulkhead', 'runit', 0.35),
	_ratio(4, 'up', 100, 'bulkhead', 's6', 0.30),
	_ratio(4, 'up', 100, 'bulkhead', 'systemd', 0.45),
	_ratio(4, 'up', 100, 'bulkhead', 'systemd-isolated', 0.12),
	_ratio(5, 'up', 100, 'bulkhead', 'busybox', 5.5),
	_ratio(5, 'up', 100, 'bulkhead', 'sysvinit', 3.0),
	_ratio(5, 'up', 100, 'bulkhead-hostnet', 'busybox', 4.0),
	_ratio(5, 'up', 100, 'bulkhead-hostnet', 'sysvinit', 2.0),
	_ratio(6, 'up', 100, 'bulkhead-open', 'floor-d', 1.3),
	_ratio(6, 'up', 100, 'bulkhead-open', 'floor-c', 1.2),
	_ratio(6, 'up', 100, 'bulkhead-open', 'busybox', 0.9),
	_ratio(8, 'restart', 100, 'bulkhead', 'floor-T', 1.1),
	_ratio(8, 'restart', 100, 'bulkhead', 'systemd-isolated', 0.1),
	_ratio(8, 'restart', 100, 'bulkhead-spare', 'floor-T', 0.75),
	_figure(9, 'uss.1', 100, 'bulkhead', 'KiB', 128),
	_ratio(9, 'uss.1', 100, 'bulkhead', 'busybox', 0.1),
	_ratio(10, 'memory', 100, 'bulkhead', 'floor-T', 1.05),
	_ratio(10, 'memory', 100, 'bulkhead', 'systemd-isolated', 0.85),
	_figure(10, 'pss.reaper', 100, 'bulkhead', 'KiB for each', 12, 100),
	_figure(11, 'switches', 100, 'bulkhead', '', 0),
	_ratio(12, 'off', 100, 'bulkhead', 'floor-T', 1.3),
	_ratio(12, 'off', 100, 'bulkhead', 'runit', 0.5),
	_ratio(12, 'off', 100, 'bulkhead', 'busybox', 0.15),
	_ratio(17, 'start', 0, 'kernel-own', 'kernel', 0.4),
	_ratio(17, 'start', 0, 'kernel-own-microvm', 'kernel-microvm', 0.25),
);

our @SIZE = (
	_figure(13, 'bytes', 0, 'init', 'bytes', 98304),
	_ratio(13, 'bytes', 0, 'init', 'busybox', 0.05),
	_ratio(13, 'bytes', 0, 'init', 'systemd', 0.005),
);

our @BETWEEN = (
	_between(14, 'up of 100: two processors / one', 0.75, sub {
		my ($groups) = @_;
		my ($two, $one) = map { _up($groups->{"qemu-x86_64 $_"} // {},
			'bulkhead') } qw(clock-2cpus clock);
		return $two && $one ? $two / $one : undef;
	}),
	_between(15, 'up of 100 / floor-T: aarch64 / x86_64, exact', 1.1, sub {
		my ($groups) = @_;
		my ($arm, $intel) = map {
			(Report::ratio($groups->{"qemu-$_ exact"} // {}, 'up',
				'bulkhead', 'floor-T', 100))[1]
		} qw(aarch64 x86_64);
		return $arm && $intel ? $arm / $intel : undef;
	}),
);

sub _row {
	my ($goal, $value) = @_;
	return sprintf "| %2d | %-44s | %8s | %-12s | %s |\n", $goal->{number},
	    $goal->{what}, round3($value), '<= ' . round3($goal->{most}) .
	    ($goal->{unit} ? " $goal->{unit}" : ''),
	    !defined $value ? 'not measured' :
	    $value <= $goal->{most} ? 'reached' : 'not reached';
}

my $HEAD = "| goal | what | found | wanted | |\n|---|---|---|---|---|\n";

sub _held {
	my ($group, @goals) = @_;
	return join '', map { _row($_, $_->{found}->($group)) } @goals;
}

sub tables {
	my ($groups) = @_;
	my $text = '';
	for my $name (sort keys %$groups) {
		my @goals = $name =~ / native/ ? @NATIVE : $name =~ / size/ ?
		    @SIZE : $name =~ /cpus/ ? () : @BOOT or next;
		$text .= "### Goals: $name\n\n$HEAD" .
		    _held($groups->{$name}, @goals) . "\n";
	}
	return "$text### Goals: between boards and processors\n\n$HEAD" .
	    join('', map { _row($_, $_->{between}->($groups)) } @BETWEEN) .
	    "\n";
}

1;
