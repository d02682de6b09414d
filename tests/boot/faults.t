#!/usr/bin/perl
# Each step between stanza and exec is made to fail, by each system call that it
# makes: guest/inject.c traces init and its spawner for that. The list of steps is that of the builder
# itself; one that no failure has reached fails this test: give a service of
# faults/services.tab the key that makes it do something. With FAULTS=all each
# call fails with each errno that is plausible, else with one of them.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use File::Path qw(make_path remove_tree);
use Test::More;

my $probe = bytes('build/' . board() . '/boot/probe');

# An image of its own, whose bytes are verified.
$ENV{PATH} .= ':/usr/sbin:/sbin';
my $work = 'build/' . board() . '/boot/faults.root';
remove_tree($work);
make_path(map { "$work/$_" } qw(proc sys dev tmp run etc));
chmod 0755, $work, glob "$work/*";
for my $file ([probe => $probe, 0755],
	['etc/passwd' => "somebody:x:7:8::/:/bin/sh\n", 0644],
	['etc/group' => "somebody:x:8:\n", 0644]) {
	open my $to, '>:raw', "$work/$file->[0]" or die "$work: $!\n";
	print $to $file->[1];
	close $to or die "$work: $!\n";
	chmod $file->[2], "$work/$file->[0]";
}
system('mksquashfs', $work, "$work.img", qw(-all-root -noappend -quiet
	-no-progress)) == 0 or die "mksquashfs: run 'make deps'\n";
my ($hash) = `veritysetup format $work.img $work.img.verity`
    =~ /^Root hash:\s*([0-9a-f]{64})$/m or die "veritysetup: run 'make deps'\n";
my $table = "[imaged]\ntype = oneshot\nrun = /probe exit 0\n"
    . "image = /test/root.img verity=$hash\nuser = somebody\n"
    . "start-timeout = 5s\nrestart = never\nautostart = no\n";

# A disk, whose file system counts for each directory.
my $disk = "$work.disk";
unlink $disk;
system('truncate', '-s', '8M', $disk) == 0 and
system('mke2fs', '-q', '-F', '-t', 'ext4', '-L', 'data', '-O', 'quota,project',
	$disk) == 0 or die "mke2fs: run 'make deps'\n";

my $all = ($ENV{FAULTS} // '') eq 'all';
my $machine = boot('faults', folder => 'faults', tests => 4,
	seconds => $all ? 1200 : 400,
	files => {
		'test/share' => [040777, ''],
		'test/env' => [0100644, "A=1\n"],
		(map { ("test/root$_" => [040755, '']) } '', qw(/proc /sys /dev
			/tmp /run /etc)),
		'test/root.img' => [0100644, bytes("$work.img")],
		'test/root.img.verity' => [0100644, bytes("$work.img.verity")],
		'etc/services.d/60-imaged.tab' => [0100644, $table],
		'test/root/probe' => [0100755, $probe],
		'test/root/etc/passwd' => [0100644,
			"somebody:x:7:8::/:/bin/sh\n"],
		'test/root/etc/group' => [0100644, "somebody:x:8:\n"],
	},
	qemu => ['-drive', "file=$disk,if=none,id=disk,format=raw",
		'-device', 'virtio-blk-pci,drive=disk'],
	append => $all ? 'test.faults=all' : '');
my @report = @{$machine->{data}{report} // []};
note($_) for @report;

unlink $disk;
my @missed = map { /^no failure in ('.*)/ ? $1 : () } @report;
is(join(', ', @missed), '', 'each step failed once');
done_testing;
