# A drawing of figures over the number of services, both axes logarithmic: SVG,
# which a browser shows. Pure.
package Plot;
use strict;
use warnings;

my ($WIDTH, $HEIGHT) = (760, 460);
my ($LEFT, $TOP, $RIGHT, $BOTTOM) = (70, 50, 200, 60);
my @COLOURS = map { "#$_" } qw(d62728 1f77b4 2ca02c 9467bd 8c564b e377c2 7f7f7f
    bcbd22 17becf ff7f0e 393b79 637939 843c39);

sub _escape {
	my ($text) = @_;
	my %name = ('&' => 'amp', '<' => 'lt', '>' => 'gt', '"' => 'quot');
	return $text =~ s/([&<>"])/&$name{$1};/gr;
}

sub _text {
	my ($x, $y, $size, $anchor, $text) = @_;
	return sprintf '<text x="%.1f" y="%.1f" font-size="%d" ' .
	    "text-anchor=\"%s\">%s</text>\n", $x, $y, $size, $anchor,
	    _escape($text);
}

# The whole powers of ten around values.
sub bounds {
	my @sorted = sort { $a <=> $b } @_;
	my $log10 = log 10;
	my $low = _floor(log($sorted[0]) / $log10 + 1e-9);
	my $high = -_floor(-log($sorted[-1]) / $log10 + 1e-9);
	$high = $low + 1 if $high <= $low;
	return ($low, $high);
}

sub _floor {
	my ($value) = @_;
	my $whole = int $value;
	return $whole > $value ? $whole - 1 : $whole;
}

sub _scale {
	my ($from, $to, $low, $high) = @_;
	return sub {
		return $from + (log($_[0]) / log(10) - $low) *
		    ($to - $from) / ($high - $low);
	};
}

sub _grid {
	my ($x, $y, $x_bounds, $y_bounds) = @_;
	my ($right, $bottom) = ($WIDTH - $RIGHT, $HEIGHT - $BOTTOM);
	my $svg = '';
	for my $power ($x_bounds->[0] .. $x_bounds->[1]) {
		my $at = $x->(10 ** $power);
		$svg .= sprintf "<path d=\"M%.1f %dV%d\" stroke=\"#ddd\"/>\n",
		    $at, $TOP, $bottom;
		$svg .= _text($at, $bottom + 18, 12, 'middle', 10 ** $power);
	}
	for my $power ($y_bounds->[0] .. $y_bounds->[1]) {
		my $at = $y->(10 ** $power);
		$svg .= sprintf "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n",
		    $LEFT, $at, $right;
		$svg .= _text($LEFT - 8, $at + 4, 12, 'end', 10 ** $power);
	}
	return $svg;
}

# svg(TITLE, UNIT, CAPTION, [NAME, [N, LOW, VALUE, HIGH], ...], ...): a line for
# each name, and a bar from LOW to HIGH at each N. Values must be above zero;
# the others are left out. Nothing to show: ''.
sub svg {
	my ($title, $unit, $caption, @lines) = @_;
	my @shown = grep { @$_ > 1 } map {
		my ($name, @points) = @$_;
		[$name, grep { $_->[0] > 0 && $_->[1] > 0 } @points];
	} @lines;
	return '' unless @shown;
	my @points = map { my ($name, @all) = @$_; @all } @shown;
	my @x_bounds = bounds(map { $_->[0] } @points);
	my @y_bounds = bounds(map { @$_[1 .. 3] } @points);
	my $x = _scale($LEFT, $WIDTH - $RIGHT, @x_bounds);
	my $y = _scale($HEIGHT - $BOTTOM, $TOP, @y_bounds);
	my $svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"$WIDTH\" " .
	    "height=\"$HEIGHT\" font-family=\"sans-serif\">\n" .
	    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" .
	    _text($LEFT, 22, 16, 'start', $title) .
	    _text($LEFT, 40, 12, 'start', $unit) .
	    _text($LEFT, $HEIGHT - 8, 11, 'start', $caption) .
	    _text(($LEFT + $WIDTH - $RIGHT) / 2, $HEIGHT - 26, 12, 'middle',
		'services') . _grid($x, $y, \@x_bounds, \@y_bounds);
	my $index = 0;
	for (@shown) {
		my ($name, @all) = @$_;
		$svg .= _line($x, $y, $COLOURS[$index % @COLOURS], $index,
			$name, sort { $a->[0] <=> $b->[0] } @all);
		$index++;
	}
	return "$svg</svg>\n";
}

sub _line {
	my ($x, $y, $colour, $index, $name, @points) = @_;
	my $path = join 'L', map {
		sprintf '%.1f %.1f', $x->($_->[0]), $y->($_->[2]) } @points;
	my $svg = "<path d=\"M$path\" fill=\"none\" stroke=\"$colour\" " .
	    "stroke-width=\"2\"/>\n";
	for (@points) {
		my ($n, $low, $value, $high) = @$_;
		$svg .= sprintf '<path d="M%.1f %.1fV%.1f" stroke="%s"/>' . "\n",
		    $x->($n), $y->($low), $y->($high), $colour;
		$svg .= sprintf '<circle cx="%.1f" cy="%.1f" r="3" ' .
		    "fill=\"%s\"/>\n", $x->($n), $y->($value), $colour;
	}
	my $at = $TOP + 12 + 18 * $index;
	my $left = $WIDTH - $RIGHT + 20;
	return $svg . sprintf('<path d="M%d %dh20" stroke="%s" ' .
	    "stroke-width=\"3\"/>\n", $left, $at, $colour) .
	    _text($left + 26, $at + 4, 12, 'start', $name);
}

1;
