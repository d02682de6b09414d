# What is made of samples: middles, spreads, ratios, slopes. Pure.
package Figures;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT_OK = qw(quantile median ratios slope round3);

# quantile(Q, VALUE...): with Q = 0.5 the median; between two values it lies
# where Q does. undef without a value.
sub quantile {
	my ($q, @values) = @_;
	return undef unless @values;
	@values = sort { $a <=> $b } @values;
	my $at = $q * $#values;
	my $low = int $at;
	return $values[-1] if $low >= $#values;
	return $values[$low] +
	    ($at - $low) * ($values[$low + 1] - $values[$low]);
}

sub median { return quantile(0.5, @_) }

# ratios({ROUND => [VALUE, ...]}, {ROUND => [VALUE, ...]}): of each round that
# both have, the ratio of the medians: what slows the machine down for a while
# slows both.
sub ratios {
	my ($ours, $theirs) = @_;
	my @ratios;
	for my $round (sort { $a <=> $b } keys %$ours) {
		next unless $theirs->{$round};
		my $below = median(@{$theirs->{$round}});
		push @ratios, median(@{$ours->{$round}}) / $below if $below;
	}
	return @ratios;
}

# slope([N, VALUE], ...): of the straight line through the logarithms, by least
# squares; 1 is linear growth. undef with fewer than two.
sub slope {
	my @points = map { [map { log } @$_] }
	    grep { $_->[0] > 0 && $_->[1] > 0 } @_;
	return undef if @points < 2;
	my ($x, $y) = (0, 0);
	for (@points) {
		$x += $_->[0] / @points;
		$y += $_->[1] / @points;
	}
	my ($above, $below) = (0, 0);
	for (@points) {
		$above += ($_->[0] - $x) * ($_->[1] - $y);
		$below += ($_->[0] - $x) ** 2;
	}
	return $below ? $above / $below : undef;
}

# Three digits that count, and all of those before the point.
sub round3 {
	my ($value) = @_;
	return '-' unless defined $value;
	my $size = abs $value;
	return sprintf '%.0f', $value if $size >= 100 || $size == 0;
	return sprintf '%.1f', $value if $size >= 10;
	return sprintf '%.2f', $value if $size >= 1;
	return sprintf '%.3f', $value;
}

1;
