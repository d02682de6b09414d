#!/usr/bin/perl
# The power is cut at random moments: while the file system is made, checked
# and mounted, while init makes the states of services, and while a service
# writes its own. Whatever was promised is there at the next boot, and what is
# there is whole. CUTS=N: how often; SEED=N: as the run that said so.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;
use Time::HiRes qw(sleep);

my $cuts = $ENV{CUTS} // 4;
my $seed = $ENV{SEED} // time;
my $disk = 'build/' . board() . '/boot/cuts-disk';
my ($fsck, $mkfs) = map { cached($_) } qw(e2fsck mke2fs);
my $services = 3; # that are new in each boot

sub table {
	my ($boots) = @_;
	return join '', map { "[churn\@s$_]\n" } 1 .. $boots * $services;
}

my $promised = 0;
my $logged = 0;

# What the guest has said, as "> NAME VALUE".
sub said {
	my ($machine, $name) = @_;
	my $text = -e $machine->{verdict} ? bytes($machine->{verdict}) : '';
	return $text =~ /^\Q$machine->{nonce}\E > $name ([^\r\n]*)\r?\n/mg;
}

# Lines that were in a full file, by the boot that wrote them: the last number.
my %kept;

# Of what a boot has said its end may be missing, and a line be torn there.
sub judge_log {
	my ($machine, $title) = @_;
	my (%last, @faults, $torn);
	for my $line (said($machine, 'log')) {
		my ($number, $boot) = $line =~ /^line (\d+) of (\S+)$/;
		push @faults, "torn before $line"
		    if $torn && $boot && $last{$boot};
		$torn = !$boot;
		next if !$boot;
		push @faults, "$line behind $last{$boot}"
		    if $last{$boot} && $number != $last{$boot} + 1;
		$last{$boot} = $number;
	}
	push @faults, map { "$_ is too large" } said($machine, 'large');
	push @faults, map { "$_ bytes of nothing" }
	    grep { $_ } said($machine, 'empty');
	is("@faults", '', "$title: the log is whole up to its end");
	# Who was cut while it told of the log says nothing of its end.
	for my $boot (said($machine, 'told') ? grep { $last{$_} } keys %kept : ()) {
		cmp_ok($last{$boot}, '>=', $kept{$boot},
			"$title: and has what was in a full file");
		$logged = 1;
	}
	for (said($machine, 'kept')) {
		$kept{$2} = $1 if /^line (\d+) of (\S+)$/;
	}
}

sub judge {
	my ($machine, $title) = @_;
	judge_log($machine, $title);
	for my $found (map { /^found (.*)/ } said($machine, 'found')) {
		like($found, qr/^(\d+)(?: \1)?$/, "$title: the file is whole");
		my ($number) = $found =~ /^(\d+)/;
		cmp_ok($number // -1, '>=', $promised,
			"$title: what was written is there");
	}
	my @wrote = said($machine, 'wrote');
	$promised = $wrote[-1] if @wrote and $wrote[-1] > $promised;
}

# run(NUMBER, TITLE, OPTION...)
sub run {
	my ($number, $title, %option) = @_;
	my $machine = boot("cuts: $title", folder => 'cuts', seconds => 90,
		qemu => ['-drive', "file=$disk,if=none,id=disk,format=raw",
			'-device', 'virtio-blk-pci,drive=disk'],
		files => {
			'sbin/fsck.ext4' => [0100755, $fsck],
			'sbin/mkfs.ext4' => [0100755, $mkfs],
			'etc/services.d/60-churn.tab' =>
			    [0100644, table($number)]}, %option);
	judge($machine, $title);
	return $machine;
}

srand $seed;
note("SEED=$seed");
unlink $disk;
system('truncate', '-s', '32M', $disk) == 0 or die "$disk: $!\n";

# While it boots: at any moment from the first word of init on.
my $early = int($cuts / 2);
for my $number (1 .. $cuts) {
	my $is_early = $number <= $early;
	my $delay = rand($is_early ? 3 : 1.5);
	run($number, sprintf('%s %d, after %.2f s',
		$is_early ? 'early' : 'late', $number, $delay), end => 'none',
		drive => sub {
			my ($machine) = @_;
			ok($machine->heard(qr/> wrote [1-9]/, 60)
				&& $machine->heard(qr/> kept line/, 60),
				"late $number: it writes") if !$is_early;
			sleep $delay;
		});
}
my $machine = run($cuts, 'the last boot', append => 'test.last',
	tests => $cuts * $services);
cmp_ok($promised, '>', 0, 'twin: something was written');
ok($logged, 'twin: and something was logged');
ok(!console_line($machine, qr{mount /data: .*not started}), 'it was mounted')
    or diagnose($machine);
is(system("e2fsck -fn $disk >/dev/null 2>&1"), 0, 'the file system is sound');
unlink $disk;
done_testing;
