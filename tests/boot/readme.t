#!/usr/bin/perl
# README.md, replayed: what its console blocks show is typed, on the console of
# the shipped image and on the build host, and what comes must be what they
# show, line by line, but for what plain() takes away. Then: is all there that
# README names?
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Cwd;
use IO::Socket::INET;
use Test::More;

my $prompt = 'bulkhead:/root# ';
my $boots = 'make deps run';
my $scratch = 'build/' . board() . '/boot/readme';
my $readme = do {
	open my $from, '<', 'README.md' or die "README.md: $!\n";
	local $/;
	<$from>;
};
my $port = do {
	my $free = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')
	    or die "no port: $!\n";
	$free->sockport;
};

# What is typed, where, and what comes of it. The lines up to the end of a here
# document belong to the command.
sub steps {
	my ($end, @steps);
	for my $line (map { split /\n/ } $readme =~ /^```console\n(.*?)^```$/gms) {
		if (defined $end) {
			$steps[-1]{command} .= "\n$line";
			undef $end if $line eq $end;
		} elsif ($line =~ /^(\$|\Q$prompt\E) *(.*)/) {
			push @steps, {on => $1 eq '$' ? 'host' : 'guest',
				command => $2, lines => []};
			$end = $1 if $2 =~ /<<'(\w+)'/;
		} else {
			push @{$steps[-1]{lines}}, $line;
		}
	}
	return @steps;
}

# The number of this name among its like: equal names remain equal, different
# ones different, on either side.
my %number;
sub number {
	my ($side, $kind, $name) = @_;
	my $all = $number{$side}{$kind} //= {};
	return "<$kind " . ($all->{$name} //= 1 + keys %$all) . '>';
}

# A line less what may differ from boot to boot; load's first run may be over
# when the boot is, or not.
sub plain {
	my ($side, $line) = @_;
	$line =~ s/\r//g;
	$line =~ s/\b\d+(\.\d)? (ms|s|m|h)\b/<time>/g;
	$line =~ s/ +/ /g;                                   # columns
	$line =~ s/^(\S+ (?:up|starting) <time> )(\d+)/$1 . number($side, 'pid', $2)/e;
	$line =~ s/^(\S+\tup\t)(\d+)/$1 . number($side, 'pid', $2)/e;
	$line =~ s/^(NSpid:\t)(\d+)/$1 . number($side, 'pid', $2)/e;
	$line =~ s/(?<=:\[)(\d{10})(?=\]$)/number($side, 'namespace', $1)/e;
	$line =~ s/(?<=^Linux version )\S+/<release>/;
	$line =~ s/\d+(?= exited 0 after <time>; again)/<runs>/
	    if $line =~ /^load /;                        # every 30 s
	$line =~ s/^bulkhead: \K(\d+) services up, (\d+) to run again/$1 + $2 . ' services up'/e;
	$line =~ s/(?<=^make: \*\*\* \[Makefile:)\d+/<line>/;
	$line =~ s/^\Q$prompt\E(?=bulkhead: )//;             # a slow boot
	return $line;
}

# "..." stands for any lines.
sub compare {
	my ($step, @got) = @_;
	my ($name) = split /\n/, $step->{command};
	my @want = map { plain('README', $_) } @{$step->{lines}};
	my $pattern = join '', map { $_ eq '...' ? '(?:.*\n)*?' : quotemeta("$_\n") } @want;
	my $got = join '', map { "$_\n" } map { plain('here', $_) } @got;
	return if ok($got =~ /^$pattern\z/, "$step->{on}: $name");
	diag('README has:');
	diag("  | $_") for @{$step->{lines}};
	diag('here came:');
	diag("  | $_") for @got;
}

# Up to the boot's last line; then until the shell reads what is typed, and for as
# long as a service has to run to be started again at once.
sub boot_lines {
	my ($machine) = @_;
	my $text = $machine->expect(qr/\A(.*? ms after the kernel started[^\n]*\n)/s, 40);
	for my $number (1 .. 10) {
		$machine->type("\rsleep 1; echo \$(($number))\r");
		last if $machine->expect(qr/\n$number\r*\n\Q$prompt\E/, 3);
	}
	return split /\n/, $text // $machine->{console};
}

sub typed {
	my ($machine, $command) = @_;
	$machine->type("$command\r");
	my $text = $machine->expect(
		qr/\Q$command\E\r*\n((?:[^\n]*\n)*?)\Q$prompt\E/, 20);
	return split /\n/, $text // "(no prompt behind '$command')\n";
}

# Commands that make files run in a copy of the tree, of links.
sub make_scratch {
	mkdir $scratch;
	unlink glob "$scratch/*";
	for my $path (glob '*') {
		symlink getcwd() . "/$path", "$scratch/$path" or die "$scratch: $!\n";
	}
}

sub run_here {
	my ($command) = @_;
	if ($command =~ s{^curl (?=http://)}{}) {
		$command =~ s/:8080/:$port/;
		return `curl -sS --retry 5 --retry-all-errors $command 2>&1`;
	}
	return "nobody replays this: add it to run_here()\n"
	    unless $command =~ /^(cat >\w+\.tab|sed -i \S+ \w+\.tab$|make check )/;
	local @ENV{qw(MAKEFLAGS MAKELEVEL MFLAGS LC_ALL)} = ('', '', '', 'C.UTF-8');
	open my $from, '-|', 'sh', '-c', "cd $scratch && { $command\n} 2>&1"
	    or die "sh: $!\n";
	return grep { !/^  [A-Z]+ +\S+$/ } <$from>;      # what make had to build
}

sub person {
	my ($machine) = @_;
	for my $step (steps()) {
		my $command = $step->{command};
		my @got = $command eq $boots ? boot_lines($machine)
		    : $step->{on} eq 'guest' ? typed($machine, $command)
		    : run_here($command);
		chomp @got;
		compare($step, @got);
	}
	$machine->type("\x01x");
	ok($machine->expect(qr/QEMU: Terminated/, 10), 'Ctrl-A X leaves QEMU');
}

make_scratch();
boot('readme', as_shipped => 1, port => $port, drive => \&person,
	seconds => 120, end => 'exit');

my %on = (host => 0, guest => 0);
$on{$_->{on}}++ for steps();
ok($on{host} >= 4 && $on{guest} >= 5,
	"there is something to replay ($on{host} on the host, $on{guest} in the guest)");

# --- what README names -------------------------------------------------------

my %seen;
my %target = map { $_ => 1 } `make help` =~ /^  ([\w-]+) /gm;
my @makes = ($readme =~ /`make ([^`]+)`/g, $readme =~ /^(?:    |\$ )make (.+)/gm);
for my $target (map { split ' ', s/  .*//r } @makes) {
	next if $target =~ m{[=/]} or $target =~ /_defconfig$/ and
	    -e 'board/' . $target =~ s/_defconfig$//r . '/defconfig';
	ok($target{$target}, "make $target is there") if !$seen{$target}++;
}
for my $path ($readme =~ m{`((?:board|init|rootfs|tests)/[\w./]*)`}g) {
	ok(-e $path, "$path is there") if !$seen{$path}++;
}

# Sizes, within a tenth.
my @boards = $readme =~ /^\| file \| (\S+) \| (\S+) \|$/m;
my ($column) = grep { $boards[$_] eq board() } 0 .. $#boards;
SKIP: {
	skip('README has no sizes of this board', 1) if !defined $column;
	while ($readme =~ /^\| `([\w.]+)`[^|]* \| ([\d.]+ [kM]B) \| ([\d.]+ [kM]B) \|$/mg) {
		my ($file, $said) = ($1, ($2, $3)[$column]);
		my ($size, $unit) = split ' ', $said;
		my $real = -s 'build/' . board() . "/$file";
		$size *= $unit eq 'kB' ? 1e3 : 1e6;
		ok(abs($real - $size) <= $size / 10, "$file: $real bytes, $said");
	}
}
done_testing;
