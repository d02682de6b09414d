#!/usr/bin/perl
# What is done with a service while it runs, and by the clock: checks, reloads,
# timers.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use File::Path qw(make_path remove_tree);
use Test::More;

# A zone with no change but those of its rule: tzfile(5).
sub zone {
	my ($rule) = @_;
	my $block = pack('a4 a x15 N6', 'TZif', 2, 0, 0, 0, 0, 1, 4)
	    . pack('N C C a4', 3600, 0, 0, 'CET');
	return "$block$block\n$rule\n";
}

# --- without a boot ---------------------------------------------------------

my $root = 'build/' . board() . '/boot/timers.root';
my $zones = "$root/usr/share/zoneinfo/Test";
remove_tree($root);
make_path($zones, "$root/etc", "$root/bin");

sub check {
	my ($zone) = @_;
	for ([etc => "[system]\ntimezone = Test/$zone\n[a]\ntype = oneshot\n"
			. "run = /bin/a\nevery = 1d at 03:30\n"],
		["usr/share/zoneinfo/Test/Zone" => zone('CET-1')],
		["usr/share/zoneinfo/Test/Bad" => zone('CET')]) {
		my ($path, $bytes) = @$_;
		$path = 'etc/services.tab' if $path eq 'etc';
		open my $to, '>:raw', "$root/$path" or die "$path: $!\n";
		print $to $bytes;
		close $to or die "$path: $!\n";
	}
	return scalar `build/host/svc check --root $root $root/etc/services.tab 2>&1`;
}
unlike(check('Zone'), qr/timezone/, 'a zone of the image');
like(check('None'), qr{timezone: /usr/share/zoneinfo/Test/None: No such file},
	'twin: one that is not there is a fault');
like(check('Bad'), qr/Bad: its rule is none that is known/, 'or is damaged');

# --- with one ---------------------------------------------------------------

# At noon, as the clock may not pass 03:30 of the zone by itself.
boot('timers', folder => 'timers', tests => 81, seconds => 240,
	qemu => ['-rtc', 'base=2027-07-01T12:00:00'], files => {
	'test/first.env' => [0100600,
		"# first\nONE=first\nTWO=first\nTHREE=a  b # \"c\"\nPATH=/first\n"],
	'test/second.env' => [0100600, "\nTWO=second\r\n"],
	'test/bad.env' => [0100644, "A=1\nB=\"2\"\n"],
	(map { $_ => [040755, ''] } qw(usr usr/share usr/share/zoneinfo)),
	'usr/share/zoneinfo/Test' => [040755, ''],
	'usr/share/zoneinfo/Test/Zone' =>
	    [0100644, zone('CET-1CEST,M3.5.0,M10.5.0/3')],
	'data/timers' => [040700, ''],
	'data/timers/late' => [0100600, "1000000000\n"],
	'data/timers/early' => [0100600, "9000000000\n"],
	'data/timers/spoiled' => [0100600, "12x\n"],
	'test/link.env' => [0120777, 'second.env'],
});
done_testing;
