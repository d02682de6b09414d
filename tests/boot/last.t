#!/usr/bin/perl
# The last seconds: services go in reverse order, and those that can at once;
# what hangs holds nobody up for long; file systems come apart, layer by layer,
# and every disk is whole behind them. Then another kernel, where one is loaded.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Archive;
use Boot;
use JSON::PP;
use List::Util qw(pairs);
use Test::More;

my $out = 'build/' . board() . '/boot';
my $root = "$out/last-root";
my $disk = "$out/last-disk";
my $inner = "$out/last-inner";
my $outer = "$out/last-outer";
my $frozen = "$out/last-frozen";

sub run {
	system("@_ >/dev/null 2>&1") == 0 or die "@_: failed; run 'make deps'\n";
}

# A file system of so many MiB, with files in it: NAME => FILE
sub make_disk {
	my ($file, $size, %content) = @_;
	unlink $file;
	run('truncate', '-s', "${size}M", $file);
	run('mke2fs', '-F', '-t', 'ext4', $file);
	run('debugfs', '-w', '-R', "'write $content{$_} $_'", $file)
	    for keys %content;
}

# What of its superblock tells whether it was taken out of use.
sub state_of {
	my ($file) = @_;
	my $text = `dumpe2fs -h $file 2>/dev/null`;
	my ($state) = $text =~ /^Filesystem state:\s*(.*)/m;
	return ($state // 'none') . ($text =~ /needs_recovery/ ? ', in use' : '');
}

sub is_whole {
	my ($file, $what) = @_;
	is(state_of($file), 'clean', "$what: it was taken out of use");
	is(system("e2fsck -fn $file >/dev/null 2>&1"), 0, "$what: it is sound");
}

sub text_in {
	my ($file, $name) = @_;
	return scalar `debugfs -R 'cat $name' $file 2>/dev/null`;
}

make_disk($root, 64);
make_disk($inner, 2);
make_disk($frozen, 4);
make_disk($outer, 8, 'inner.img' => $inner);
make_disk($disk, 48, 'outer.img' => $outer, 'frozen.img' => $frozen);

my $module = kernel_module('fs/fuse/fuse');
my $machine = boot('last', folder => 'last', tests => 8, seconds => 120,
	append => 'rdinit=/test/rdinit', qemu => [disks($root, $disk)],
	files => {'test/fuse.ko' => [0100644, $module],
		'test/rdinit' => [0100755, bytes('tests/boot/last/rdinit')]},
	drive => sub {
		my ($machine) = @_;
		$machine->heard(qr/ok 2 /, 90); # seconds before the end
		is(state_of($disk), 'clean, in use', 'twin: it is in use');
	});
my @events = map { decode_json($_) } @{$machine->{data}{event} // []};

# Which event it was that took a service from one state to another.
sub event {
	my ($name, $state) = @_;
	my ($at) = grep { $events[$_]{name} eq $name
		and $events[$_]{to} eq $state } reverse 0 .. $#events;
	return $at // -1;
}

for my $pair (['top', 'middle'], ['middle', 'base'], ['stubborn@a', 'modules']) {
	my ($first, $second) = @$pair;
	my ($down, $ending) = (event($first, 'down'), event($second, 'ending'));
	ok($down >= 0 && $down < $ending, "$first is down before $second stops")
	    or diag("$down, $ending of $#events");
}
my @ending = sort { $a <=> $b } map { event("stubborn\@$_", 'ending') } 'a' .. 'd';
my @down = sort { $a <=> $b } map { event("stubborn\@$_", 'down') } 'a' .. 'd';
ok($ending[0] >= 0 && $ending[-1] < $down[0],
	'four that take a second each take it together') or
    diag("ending: @ending, down: @down of $#events");
ok(console_line($machine, qr/^frozen: cannot be killed: it is stuck/),
	'what is asleep in the kernel is given up, and that is said');

# All of it, in the guest's own time.
my ($began) = map { s/ .*//r } @{$machine->{data}{began} // [0]};
my ($ended) = $machine->{console} =~ /\[\s*([0-9.]+)\] reboot: Power down/;
note(sprintf 'from the word to the end: %.1f s', ($ended // 0) - $began);
ok($ended, 'the kernel was told to end');

ok(!console_line($machine, qr/may need a check/), 'nothing is left open');
is(join(' ', $machine->{console} =~ /unmount (\S+?): still in use/g), '/data',
	'what somebody asleep has open is left, and nothing else');
is_whole($root, 'the root');
is_whole($disk, '/data');
like(text_in($disk, 'away'), qr/^here\n(here\n)*$/,
	'/data: what a process of no service wrote last is there');
like(text_in($disk, 'log/talker'), qr/last words$/m,
	'/data: the last line of a log is there');
run('debugfs', '-R', "'dump outer.img $outer'", $disk);
is_whole($outer, 'a disk in a file, frozen');
run('debugfs', '-R', "'dump inner.img $inner'", $outer);
is_whole($inner, 'a disk in a file on that');
is(text_in($inner, 'kept'), "kept\n", '... with what was written to it');
unlink $root, $disk, $inner, $outer, $frozen;

# --- what is left of services -------------------------------------------------

# Disks that only they see.
make_disk($root, 4);
make_disk($inner, 4);
make_disk($outer, 16, 'inner.img' => $inner);
$machine = boot('left: disks', folder => 'left', tests => 6, seconds => 150,
	append => 'bulkhead.table=/etc/disks.tab', qemu => [disks($root, $outer)],
	drive => sub {
		my ($machine) = @_;
		$machine->heard(qr/1\.\.6/, 100);
		is(state_of($_), 'clean, in use', 'twin: it is in use')
		    for $root, $outer;
		$machine->prompt(40);
		$machine->type("svc poweroff\r");
	});
ok(!console_line($machine, qr/may need a check|it is left/),
	'nothing is left in use');
is_whole($outer, 'what a disk in a file is on');
run('debugfs', '-R', "'dump inner.img $inner'", $outer);
for my $pair ([$root, 'a disk'], [$inner, 'a disk in a file']) {
	my ($file, $what) = @$pair;
	is_whole($file, "$what that a service alone sees");
	is(text_in($file, 'words'), "last words\n",
		'... with what its program wrote when it was told to end');
	like(text_in($file, 'here'), qr/^here\n(here\n)*$/,
		'... and what one wrote that was left');
}
unlink $root, $inner, $outer;

# No disk. Time that nobody uses passes at once.
$machine = boot('left', folder => 'left', tests => 4, seconds => 120,
	qemu => ['-icount', 'shift=2,sleep=off']);
my $log = $machine->{console};
my @seen = map { my ($at, %count) = split; {at => $at, %count} }
    map { "$_->[0] $_->[1]" }
    pairs($log =~ /\[ *([0-9.]+)\] left: ([\w ]+)/g);
my ($end) = $log =~ /\[ *([0-9.]+)\] reboot: Power down/;

# since(NAME, COUNT): when first there were so many processes of it
sub since {
	my ($name, $count) = @_;
	return (map { $_->{at} } grep { $_->{$name} == $count } @seen)[0] // -1;
}
my $left_at = since('early', 2);
my $killed_at = since('early', 0);
cmp_ok($left_at, '>', 0, 'one is left of early');
my $left_for = $killed_at - $left_at;
ok($left_for > 0.7 && $left_for < 3, '... and is killed a second later')
    or diag("$left_for s");
cmp_ok($end - $killed_at, '>', 6, 'twin: others took longer than that');
is(@seen ? $seen[-1]{late} : 0, 2, 'one is left of late, when nobody else is to stop');
my $waited = $end - since('late', 2);
cmp_ok($waited, '<', 1, '... and nobody waits for it') or diag("$waited s");
for my $name (qw(writer upper)) {
	my $took = since($name, 0) - since($name, 3);
	ok($took >= 0 && $took < 3, "$name: nothing is left of it")
	    or diag("$took s");
}
is(join(' ', $log =~ /\] lower: (\d+)/g), 0,
	'who stops after another sees nothing left of that');

# --- another kernel ------------------------------------------------------------

# Twin: without kexec the machine would have been reset, which ends QEMU.
my %both = map { my ($path, $file) = @$_;
	("test/$path" => [0100755, bytes($file)]) }
    ['check', 'tests/boot/kexec/check'], ['probe', "$out/probe"],
    ['judge.sh', 'tests/boot/guest/judge.sh'];
$machine = boot('kexec', folder => 'kexec', tests => 3, seconds => 150,
	files => {
	'test/kernel' => [0100644, bytes("$out/../kernel")],
	'test/image' => [0100644, bytes("$out/../image.cpio") . Archive::make({
		%both, 'test' => [040755, ''],
		'test/second' => [0100644, ''], 'etc/services.tab' =>
		    [0100644, bytes('tests/boot/kexec/services.tab')]})]});
my @boots = $machine->{console} =~ /(bulkhead: reading the table)/g;
is(scalar @boots, 2, 'init was started twice');
done_testing;
