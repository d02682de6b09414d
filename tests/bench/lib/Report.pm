# The samples as tables: which there are, how they are derived, and how they are
# shown. Pure: rows in, text out.
package Report;
use strict;
use warnings;
use Figures qw(quantile median ratios slope round3);

my $OURS = 'bulkhead';

# What is shown, in that order: the metric, its unit, by how much its samples
# are multiplied, and what it says.
our @SHOWN = (
	['up', 'ms', 1e-3, 'boot: from the execution of init to that of the last service'],
	['spawn', 'us', 1, 'from the order to the execution of one service'],
	['spawned', 'us', 1, 'the same, less what executing any program takes'],
	['restart', 'ms', 1e-3, 'restart: from SIGKILL to the execution of the next one'],
	['stop', 'ms', 1e-3, 'stop: from the order to the end of the service'],
	['off', 'ms', 1e-3, 'shutdown: from the order to the kernel switching off'],
	['line', 'us', 1e-3, 'a line of a log, with the write of the service'],
	['asked', 'ms', 1e-3, 'a question about one service, less what executing any program takes'],
	['memory.service', 'KiB', 1, 'memory of the machine for each service'],
	['slab.service', 'KiB', 1, 'of it the slab of the kernel'],
	['stacks.service', 'KiB', 1, 'of it stacks of the kernel'],
	['tables.service', 'KiB', 1, 'of it page tables'],
	['pss.1', 'KiB', 1, 'process 1, its share of what is shared'],
	['uss.1', 'KiB', 1, 'process 1, its own alone'],
	['helpers.service', 'KiB', 1, 'other processes of the init for each service, share of what is shared'],
	['switches', '', 1, 'context switches of all processes of the init at rest'],
	['cpu', 'us', 1, 'time on a processor of all processes of the init at rest'],
	['start', 'ms', 1e-3, 'from the start of the kernel to the execution of the first program'],
	['start.clock', 'ms', 1e-3, 'the same by the clock of the kernel, which it starts once it is unpacked'],
	['loaded', 'kB', 1e-3, 'kernel and image, as they are loaded'],
	['bytes', 'kB', 1e-3, 'on disk, with the shared libraries that it needs'],
	['files', '', 1, 'how many files these are'],
	['table', 'ms', 1e-3, 'a table of so many services, read, checked and ordered'],
);

# From the rows: {"BOARD MODE"}{METRIC}{PEER}{N}{ROUND} = [VALUE, ...].
sub index_of {
	my %groups;
	for my $row (grep { $_->{peer} ne 'machine' && $_->{metric} ne 'skipped' } @_) {
		push @{$groups{"$row->{board} $row->{mode}"}{$row->{metric}}
		    {$row->{peer}}{$row->{n} || 0}{$row->{round} || 0}},
		    $row->{value};
	}
	_derive($_) for values %groups;
	return \%groups;
}

# Calls $take for each PEER, N and ROUND of a metric.
sub _each {
	my ($group, $metric, $take) = @_;
	my $peers = $group->{$metric} or return;
	for my $peer (keys %$peers) {
		for my $n (keys %{$peers->{$peer}}) {
			for my $round (keys %{$peers->{$peer}{$n}}) {
				$take->($peer, $n, $round,
					$peers->{$peer}{$n}{$round});
			}
		}
	}
}

sub _per_service {
	my ($group, $from, $to) = @_;
	_each($group, $from, sub {
		my ($peer, $n, $round, $values) = @_;
		$group->{$to}{$peer}{$n}{$round} =
		    [map { $_ / $n } @$values] if $n;
	});
}

# A sample of $from less the median of $less: of the same boot.
sub _less {
	my ($group, $from, $less, $to) = @_;
	_each($group, $from, sub {
		my ($peer, $n, $round, $values) = @_;
		my $other = $group->{$less}{$peer}{$n}{$round} or return;
		my $median = median(@$other);
		$group->{$to}{$peer}{$n}{$round} =
		    [map { $_ - $median } @$values];
	});
}

sub _derive {
	my ($group) = @_;
	_per_service($group, 'memory', 'memory.service');
	_per_service($group, "memory.$_", "$_.service")
	    for qw(slab stacks tables);
	_less($group, 'question', 'exec', 'asked');
	_less($group, 'spawn', 'exec', 'spawned');
	_less($group, 'pss', 'pss.1', 'helpers');
	_per_service($group, 'helpers', 'helpers.service');
}

sub _values { return map { @$_ } values %{$_[0] // {}} }

sub _by_name {
	my ($order, @names) = @_;
	return sort { ($order->{$a} // 99) <=> ($order->{$b} // 99) ||
		$a cmp $b } @names;
}

# [p10, median, p90, how many] of one peer; () without a sample.
sub spread {
	my ($group, $metric, $peer, $n) = @_;
	my @values = _values($group->{$metric}{$peer}{$n});
	return @values ? ((map { quantile($_, @values) } 0.1, 0.5, 0.9),
		scalar @values) : ();
}

# [p10, median, p90] of the ratio of one peer's figure to another's.
sub ratio {
	my ($group, $metric, $one, $other, $n) = @_;
	my @ratios = ratios($group->{$metric}{$one}{$n} // {},
		$group->{$metric}{$other}{$n} // {});
	return @ratios ? map { quantile($_, @ratios) } 0.1, 0.5, 0.9 : ();
}

sub _lines {
	my ($group, $metric, $scale, $peer) = @_;
	my $lines = '';
	for my $n (sort { $a <=> $b } keys %{$group->{$metric}{$peer}}) {
		my @spread = spread($group, $metric, $peer, $n);
		my @ratio = $peer eq $OURS ? () :
		    ratio($group, $metric, $OURS, $peer, $n);
		$lines .= sprintf "| %-18s | %5s | %8s | %8s | %8s | %3d | %-22s |\n",
		    $peer, $n || '', (map { round3($_ * $scale) } @spread[1, 0, 2]),
		    $spread[3], @ratio ? sprintf('%s (%s-%s)',
			map { round3($_) } @ratio[1, 0, 2]) : '';
	}
	return $lines;
}

# The slopes of all peers between the least and the most services.
sub _slopes {
	my ($group, $metric, @peers) = @_;
	my @said;
	for my $peer (@peers) {
		my @points = map { [$_, (spread($group, $metric, $peer, $_))[1]] }
		    grep { $_ } keys %{$group->{$metric}{$peer}};
		my $slope = slope(@points) // next;
		push @said, sprintf '%s %.2f', $peer, $slope;
	}
	return @said ? "\nGrowth with N (slope of the logarithms): " .
	    join(', ', @said) . ".\n" : '';
}

my $HEAD = '| peer | N | median | p10 | p90 | samples | bulkhead / peer (p10-p90) |' .
    "\n|---|---|---|---|---|---|---|\n";

# All tables, in Markdown. $order: {PEER => PLACE}.
sub tables {
	my ($groups, $order) = @_;
	my $text = '';
	for my $name (sort keys %$groups) {
		my $group = $groups->{$name};
		for (@SHOWN) {
			my ($metric, $unit, $scale, $title) = @$_;
			my @peers = _by_name($order, grep {
				%{$group->{$metric}{$_}} }
				keys %{$group->{$metric}}) or next;
			$text .= "### $name: $metric" . ($unit ? ", $unit" : '') .
			    "\n\n\u$title.\n\n$HEAD" .
			    join('', map { _lines($group, $metric, $scale, $_) }
				@peers) .
			    _slopes($group, $metric, @peers) . "\n";
		}
	}
	return $text;
}

# One line for each peer with the medians of what there is for $n services.
sub summary {
	my ($group, $order, $n) = @_;
	my @shown = grep { my $peers = $group->{$_->[0]} // {};
		grep { $peers->{$_}{$n} } keys %$peers } @SHOWN or return '';
	my %peers = map { $_ => 1 } map { keys %{$group->{$_->[0]}} } @shown;
	my $text = '| peer | ' . join(' | ', map {
		"$_->[0]" . ($_->[1] ? ", $_->[1]" : '') } @shown) . " |\n" .
	    '|---' x (@shown + 1) . "|\n";
	for my $peer (_by_name($order, keys %peers)) {
		my @values = map {
			my @spread = spread($group, $_->[0], $peer, $n);
			@spread ? round3($spread[1] * $_->[2]) : '';
		} @shown;
		$text .= "| $peer | " . join(' | ', @values) . " |\n"
		    if grep { $_ ne '' } @values;
	}
	return $text;
}

# One line for each peer with the medians of one figure (of @SHOWN) by the number
# of services; '' where there is only one such number.
sub by_count {
	my ($group, $order, $shown) = @_;
	my ($metric, $unit, $scale, $title) = @$shown;
	my $peers = $group->{$metric} // {};
	my %counts = map { $_ => 1 } map { keys %$_ } values %$peers;
	my @counts = sort { $a <=> $b } keys %counts;
	return '' if @counts < 2;
	my $text = "\u$title, $unit:\n\n| peer | " . join(' | ', @counts) .
	    " |\n" . '|---' x (@counts + 1) . "|\n";
	for my $peer (_by_name($order, keys %$peers)) {
		my @values = map {
			my @spread = spread($group, $metric, $peer, $_);
			@spread ? round3($spread[1] * $scale) : '';
		} @counts;
		$text .= "| $peer | " . join(' | ', @values) . " |\n";
	}
	return $text;
}

# [PEER, [N, LOW, VALUE, HIGH], ...] for Plot.pm.
sub curves {
	my ($group, $metric, $scale, $order) = @_;
	return map {
		my $peer = $_;
		[$peer, map {
			my @spread = spread($group, $metric, $peer, $_);
			[$_, map { $_ * $scale } @spread[0 .. 2]];
		} sort { $a <=> $b } keys %{$group->{$metric}{$peer}}];
	} _by_name($order, keys %{$group->{$metric}});
}

1;
