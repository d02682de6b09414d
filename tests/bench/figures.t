#!/usr/bin/perl
# The parts of the measurements that measure nothing: statistics, samples as
# CSV, tables, goals, drawings. No boot; part of make unit.
use strict;
use warnings;
use lib 'tests/bench/lib';
use Figures qw(quantile median ratios slope round3);
use File::Temp;
use Goals;
use Plot;
use Report;
use Sheet;
use Test::More;

# --- statistics

is(median(3, 1, 2), 2, 'the median of an odd number of values');
is(median(4, 1, 3, 2), 2.5, '... of an even number lies between');
is(median(7), 7, '... of one');
is(median(), undef, '... of none');
is(median(10, 9, 100), 10, 'values are numbers, not words');
is(quantile(0, 5, 1, 3), 1, 'the least');
is(quantile(1, 5, 1, 3), 5, 'the most');
is(quantile(0.1, 0 .. 10), 1, 'a tenth');
is(quantile(0.9, 10, 20), 19, 'between two values it is where Q is');

is_deeply([ratios({1 => [10, 30, 20], 2 => [8]}, {1 => [10], 2 => [2]})],
	[2, 4], 'ratios are made of medians, round by round');
is_deeply([ratios({1 => [10], 3 => [1]}, {1 => [5], 2 => [5]})], [2],
	'a round that one lacks is left out');
is_deeply([ratios({1 => [10]}, {1 => [0]})], [], 'nothing is divided by 0');

is(sprintf('%.3f', slope([1, 5], [10, 50], [100, 500])), '1.000',
	'linear growth has the slope 1');
is(sprintf('%.3f', slope([10, 1], [100, 100])), '2.000', 'quadratic 2');
is(sprintf('%.3f', slope([10, 7], [1000, 7])), '0.000', 'constant 0');
is(slope([10, 7]), undef, 'one point has none');
is(slope([10, 7], [10, 8]), undef, 'nor have two of the same N');
is(slope([0, 7], [10, 0], [5, 5]), undef, 'what has no logarithm is left out');

is(round3($_->[0]), $_->[1], "three digits: $_->[1]")
    for [1234.5, '1234'], [99.96, '100.0'], [12.345, '12.3'], [1.2345, '1.23'],
    [0.12345, '0.123'], [0, '0'], [-12.34, '-12.3'], [undef, '-'];

# --- samples

for my $fields (['a', 'b'], ['a,b', 'c'], ['say "no"', ''], ['', '', '']) {
	is_deeply([Sheet::fields(Sheet::line(@$fields))], $fields,
		'as CSV and back: ' . join '|', @$fields);
}
is(Sheet::line('a,b', 'say "no"', 1), qq("a,b","say ""no""",1\n), 'RFC 4180');
is(Sheet::line("two\r\nlines", 1), "two lines,1\n", 'a row is one line');
is_deeply([Sheet::fields("a,b\r\n")], ['a', 'b'], 'with either end of line');
is_deeply([Sheet::fields('a,"b')], [], 'a quote without an end is no row');

my $folder = File::Temp->newdir;
my $file = "$folder/samples.csv";
my $write = Sheet::writer($file);
sub sample {
	my ($peer, $n, $round, $metric, @values) = @_;
	$write->({board => 'board', mode => 'mode', peer => $peer, n => $n,
		round => $round, metric => $metric, value => $_}) for @values;
}
sample('bulkhead', 100, 1, 'up', 200);
my $more = Sheet::writer($file, 1);
$more->({peer => 'none', metric => 'skipped', value => 'a, "b"'});
open my $cut, '>>', $file or die;
print $cut "cut,off";
close $cut;
my @rows = Sheet::read_all($file);
is(scalar @rows, 2, 'rows are kept, and one that is cut off is not read');
is($rows[0]{value}, 200, 'a value under its name');
is($rows[1]{value}, 'a, "b"', 'words as they were');
is(Sheet::writer($file)->({}), 1, 'a new run begins anew');
is(scalar Sheet::read_all($file), 1, '... with its own rows only');

# --- tables and goals

$write = Sheet::writer($file);
for my $round (1 .. 2) {
	for my $n (10, 100) {
		sample('bulkhead', $n, $round, 'up', 2000 * $n);
		sample('floor-T', $n, $round, 'up', 2000 * $n);
		sample('runit', $n, $round, 'up', 4000 * $n);
	}
	sample('bulkhead', 100, $round, 'question', 700, 900);
	sample('bulkhead', 100, $round, 'exec', 300, 500);
	sample('bulkhead', 100, $round, 'memory', 40000);
	sample('bulkhead', 100, $round, 'switches', 0);
}
sample('s6', '', '', 'skipped', 'no such package');
my $groups = Report::index_of(Sheet::read_all($file));
my $group = $groups->{'board mode'};
is_deeply([keys %$groups], ['board mode'], 'a group for each board and mode');
ok(!$group->{skipped}, 'what was skipped has no figures');
is_deeply([Report::spread($group, 'up', 'runit', 100)],
	[400000, 400000, 400000, 2], 'spread and number of samples');
is_deeply([Report::ratio($group, 'up', 'bulkhead', 'runit', 100)],
	[0.5, 0.5, 0.5], 'ratios of two peers');
is_deeply([sort map { @$_ } values %{$group->{asked}{bulkhead}{100}}],
	[300, 300, 500, 500], 'a question less what any program takes');
is((Report::spread($group, 'memory.service', 'bulkhead', 100))[1], 400,
	'a figure for each service');
my $tables = Report::tables($groups, {'floor-T' => 0, bulkhead => 1});
like($tables, qr/^\| floor-T +\| +10 \| +20\.0 \|/m, 'ms of us in a table');
like($tables, qr/^\| runit +\| +100 .* 0\.500 \(0\.500-0\.500\)/m,
	'... with the ratio and its spread');
like($tables, qr/bulkhead 1\.00, runit 1\.00/, '... and the growth');
cmp_ok(index($tables, '| floor-T '), '<', index($tables, '| bulkhead  '),
	'in the order that was asked for');

my $summary = Report::summary($group, {}, 100);
like($summary, qr/^\| bulkhead \| 200 \| .*\b400\b/m, 'a line for each peer');
like($summary, qr/^\| runit \| 400 \|/m, '... with what there is');
is(Report::summary($group, {}, 7), '', 'nothing of 7 services');
my ($up, $off) = map { my $name = $_; grep { $_->[0] eq $name } @Report::SHOWN }
    qw(up off);
my $grown = Report::by_count($group, {}, $up);
like($grown, qr/^\| peer \| 10 \| 100 \|$/m, 'one figure by the number of services');
like($grown, qr/^\| runit \| 40\.0 \| 400 \|$/m, '... a line for each peer');
is(Report::by_count($group, {}, $off), '', '... of which there are samples');

my $goals = Goals::tables($groups);
like($goals, qr{bulkhead / runit .* 0\.500 .*0\.350 +\| not reached}, 'missed');
like($goals, qr{bulkhead / floor-T .* 1\.00 .*1\.05 +\| reached}, 'reached');
like($goals, qr{switches of 100.* 0 .*\| reached}, 'a limit of 0 is one');
like($goals, qr{bulkhead / s6 .* - .*\| not measured}, 'not measured');

# --- drawings

is_deeply([Plot::bounds(3, 20)], [0, 2], 'the powers of ten around values');
is_deeply([Plot::bounds(10, 100)], [1, 2], '... that are powers themselves');
is_deeply([Plot::bounds(0.05)], [-2, -1], '... below one');
my $svg = Plot::svg('a < b & "c"', 'ms', 'caption',
	['one', [10, 1, 2, 3], [100, 10, 20, 30]], ['none', [0, 1, 1, 1]]);
like($svg, qr/^<svg xmlns=.*<\/svg>\n\z/s, 'one whole SVG');
like($svg, qr/a &lt; b &amp; &quot;c&quot;/, 'texts are escaped');
unlike($svg, qr/>none</, 'what has no logarithm is not drawn');
is(() = $svg =~ /<circle/g, 2, 'a point for each N');
my %depth = (open => 0);
while ($svg =~ m{<(/?)(\w+)[^>]*?(/?)>}g) {
	$depth{open} += $1 ? -1 : $3 ? 0 : 1;
}
is($depth{open}, 0, 'each element is closed');
my ($x1, $y1, $x2, $y2) = $svg =~ /<path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/;
ok($x2 > $x1 && $y2 < $y1, 'more is to the right, and up');
is(Plot::svg('t', 'u', 'c', ['one', [10, 0, 0, 0]]), '', 'nothing to draw');

done_testing();
