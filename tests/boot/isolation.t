#!/usr/bin/perl
# Compartments: what is a service's own, and what one word opens. The golden
# file golden.BOARD is all that a stanza with only `run` gets;
# GOLDEN=write makes it anew.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $machine = boot('isolation', folder => 'isolation', tests => 106,
	seconds => 120, cpus => 1, # which golden.BOARD tells
	files => {
		'etc/secret' => [0100600, "secret\n"],
		'test/share' => [040777, ''],
		'test/share/file' => [0100666, ''],
		'test/share/outer' => [040777, ''],
		'test/share/slave' => [040777, ''],
		'test/share/shared' => [040777, ''],
	});

my $file = 'tests/boot/golden.' . board();
my $got = join '', map { "$_\n" } @{$machine->{data}{golden} // []};
if (($ENV{GOLDEN} // '') eq 'write' and $got) {
	open my $to, '>', $file or die "$file: $!\n";
	print $to $got;
	close $to or die "$file: $!\n";
}
my $wanted = '';
if (open my $from, '<', $file) {
	local $/;
	$wanted = <$from>;
}
my $right = is($got eq $wanted ? 'same' : 'differs', 'same',
	"a stanza with only run gets what $file says");
if (!$right) {
	my %old = map { $_ => 1 } split /\n/, $wanted;
	my %new = map { $_ => 1 } split /\n/, $got;
	diag("- $_") for grep { !$new{$_} } split /\n/, $wanted;
	diag("+ $_") for grep { !$old{$_} } split /\n/, $got;
}
done_testing;
