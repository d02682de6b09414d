#!/usr/bin/perl
# Ways out of a compartment and harms, tried in one that no word opens and in
# those that one word opens. The table of what came of each is kept in
# escape/golden.BOARD: first all in the default compartment, then what each
# word changes. GOLDEN=write makes it anew: every line of it is a promise, and
# the section "What each word opens" of services.tab(5) says it in prose.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

# What opens a compartment, as it stands in a stanza.
my @words = ([], map { ["host = $_"] } qw(net pid ipc uts user cgroup mnt));
push @words, ['host = user pid'], ['bind = /test/share'],
    ['bind-ro = /test/share'], ['tmpfs = /mnt'], ['user = 99'],
    ['clock-offset = 1d'], ['join = net:neighbour'], ['join = ipc:neighbour'],
    ['state = mine'], ['offer = mine:/run/mine'], ['use = neighbour.things'],
    ['credential = mine:/root/secret'],
    ['net = bridge br0 auto via 10.0.0.1'],
    ['net = veth 10.3.0.2/30 peer 10.3.0.1/30'],
    ['net = macvlan d0 10.9.0.2/24'], ['publish = tcp:10.9.0.1:8080'],
    ['landlock = ro:/ rw:/tmp'], ['workdir = /test/above'];

# Words that may yet come, each with the stanza's line.
my $keys = do {
	open my $from, '<', 'init/table/keys.def' or die;
	local $/;
	<$from>;
};
push @words, map { ["capabilities = $_"] }
    qw(sys_admin net_admin sys_ptrace dac_override)
    if $keys =~ /^KEY\(capabilities,/m;
push @words, ['seccomp = none'] if $keys =~ /^KEY\(seccomp,/m;
push @words, ['nest = yes'] if $keys =~ /^KEY\(nest,/m;
push @words, ['delegate = yes'] if $keys =~ /^KEY\(delegate,/m;
push @words, ['new-privileges = yes'] if $keys =~ /^KEY\(new_privileges,/m;
push @words, ['devices = /dev/console'] if $keys =~ /^KEY\(devices,/m;

my (@names, %title);
my $tab = '';
for my $word (@words) {
	my $title = join(', ', @$word) || 'default';
	(my $name = "try-$title") =~ s/[^a-z0-9]+/-/g;
	push @names, $name;
	$title{$name} = $title;
	$tab .= "[$name]\nrun = /test/probe attempts\ntasks = 64\nautostart = no\n"
	    . join('', map { "$_\n" } @$word) . "\n";
}

# Those that a start has open would be ways to what the host has.
$tab .= "[inside-$_]\nrun = /test/probe hold\nworkdir = /proc/self/fd/$_\n"
    . "restart = never\nautostart = no\n" for 3 .. 12;

my $probe = bytes('build/' . board() . '/boot/probe');
my $machine = boot('escape', folder => 'escape', tests => 21, seconds => 600,
	files => {
		'etc/services.d/90-attempts.tab' => [0100644, $tab],
		'test/columns' => [0100644, join '', map { "$_\n" } @names],
		'test/setuid' => [0104755, $probe],
		'test/share' => [040777, ''],
		'test/data' => [040755, ''],
		'test/above' => [0120777, '../../../../..'],
	});
note($_) for @{$machine->{data}{times} // []};

my (@rows, %got);
for my $name (@names) {
	for my $line (@{$machine->{data}{$name} // []}) {
		my ($row, $result) = split /\t/, $line;
		push @rows, $row if $name eq $names[0];
		$got{$name}{$row} = $result;
	}
	cmp_ok(scalar keys %{$got{$name} // {}}, '>=', 60,
		"$title{$name}: all attempts were made");
}
my $table = "default\n";
$table .= sprintf("  %-42s %s\n", $_, $got{$names[0]}{$_}) for @rows;
for my $name (@names[1 .. $#names]) {
	$table .= "$title{$name}\n";
	for my $row (@rows) {
		my $result = $got{$name}{$row} // 'missing';
		next if $result eq $got{$names[0]}{$row};
		$table .= sprintf("  %-42s %s\n", $row, $result);
	}
}
my @open = grep { $got{$names[0]}{$_} eq 'OUT' } @rows;
is("@open", '', 'nothing gets out of the default compartment');

my $file = 'tests/boot/escape/golden.' . board();
if (($ENV{GOLDEN} // '') eq 'write') {
	open my $to, '>', $file or die "$file: $!\n";
	print $to $table;
	close $to or die "$file: $!\n";
}
my $wanted = '';
if (open my $from, '<', $file) {
	local $/;
	$wanted = <$from>;
}
if (!is($table eq $wanted ? 'same' : 'differs', 'same',
		"each word opens what $file says")) {
	my @old = split /\n/, $wanted;
	my @new = split /\n/, $table;
	my %old = map { $_ => 1 } @old;
	my %new = map { $_ => 1 } @new;
	diag("- $_") for grep { !$new{$_} } @old;
	diag("+ $_") for grep { !$old{$_} } @new;
}
done_testing;
