#!/usr/bin/perl
# What people ask of init beyond its services' states: why, events, top, graph,
# bootchart, enter; what comes as JSON is held against the list of its fields.
# Floods of the control socket. The shells' completion, on the build host.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Schema;
use Test::More;

# --- the schema -------------------------------------------------------------

my %fields = schema_fields('status');
is_deeply([faults('status', {name => 'x'})],
	[map { $_ eq 'name' ? ()
	    : ("status: no $_", $fields{$_} ? () : "status.$_: null") }
	    sort keys %fields], 'twin: what lacks a field is found');

# --- a boot -----------------------------------------------------------------

my $machine = boot('control', folder => 'control', tests => 82,
	seconds => 240);
my $data = $machine->{data};
my %value;
for my $verb (qw(status why graph bootchart top events)) {
	my @values = map { eval { decode_json($_) } // die "$verb: $@: $_\n" }
	    @{$data->{$verb} // []};
	cmp_ok(scalar @values, '>', 0, "$verb --json: is JSON");
	is_deeply([map { faults($verb, $_) } @values], [],
		"$verb --json: is as its schema says");
	$value{$verb} = \@values;
}

my %edge = map { ("$_->{from} $_->{to}" => $_->{kind}) }
    @{$value{graph}[0]{edges}};
is_deeply(\%edge, {'web base' => 'needs', 'late slow' => 'wants',
	'held web' => 'after'}, 'graph: who waits for whom');
is_deeply([sort map { /^\t"(\w+)" -> "(\w+)"/ ? "$1 $2" : () }
	@{$data->{dot}}], [sort keys %edge], 'graph: and so for Graphviz');

my ($shown) = join("\n", @{$data->{svg}});
is_deeply([sort $shown =~ /<text [^>]*>(\w+)</g],
	[sort map { $_->{name} } @{$value{graph}[0]{nodes}}],
	'graph --svg: a box for each');
my $arrows = () = $shown =~ /marker-end/g;
is($arrows, scalar keys %edge, 'graph --svg: an arrow for each');
for my $image (qw(svg chart)) {
	my $text = join "\n", @{$data->{$image}};
	my @open;
	my $sound = 1;
	while ($text =~ m{<(/?)(\w+)[^<>]*?(/?)>}g) {
		push @open, $2 if !$1 and !$3;
		$sound &&= pop @open eq $2 if $1;
	}
	ok($sound && !@open, "$image: every element ends");
}

my %chart = map { ($_->{name} => $_) } @{$value{bootchart}[0]};
my ($web, $base) = @chart{qw(web base)};
cmp_ok($base->{up_ms} - $base->{built_ms}, '>=', 700,
	'bootchart: the oneshot took its time');
cmp_ok($web->{built_ms}, '>=', $base->{up_ms},
	'bootchart: what needs it began behind it');
is($web->{waited_for}, 'base', 'bootchart: and is told to have waited for it');
is_deeply([grep { my $row = $_;
	my @times = grep { defined } @$row{qw(wanted_ms built_ms executed_ms up_ms)};
	"@times" ne join ' ', sort { $a <=> $b } @times } values %chart], [],
	'bootchart: times of a service go on');
is($chart{absent}, undef, 'twin: what was not started is not there');
# The time that the build host stands still is the service's that had the CPU.
my ($busy) = sort { $a->{cpu_percent} <=> $b->{cpu_percent} }
    grep { $_->{name} eq 'busy' } map { @$_ } @{$value{top}};
cmp_ok($busy->{cpu_usec}, '>', 0, 'top: the busy one uses a CPU');
cmp_ok($busy->{cpu_percent}, '<', 70, 'top: and no more than it may');

# --- completion -------------------------------------------------------------

sub complete {
	my (@words) = @_;
	my $last = $#words;
	my $script = 'svc() { [ "$*" = "status --names" ] && printf "web\nwebmail\ndb\n"; };'
	    . ' eval "$(build/host/svc completion bash)";'
	    . ' COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _svc;'
	    . ' echo "${COMPREPLY[*]}"';
	open my $bash, '-|', 'bash', '-c', $script, 'bash', @words or die;
	my $line = <$bash> // '';
	chomp $line;
	return $line;
}

# The same of zsh, as its terminal shows it.
my $site = 'build/host/zsh';
mkdir $site;
system("build/host/svc completion zsh >$site/_svc") == 0 or die;
sub complete_zsh {
	my (undef, @words) = @_;
	open my $zsh, '-|', 'zsh', '-f', 'tests/boot/lib/complete.zsh', $site,
	    @words or die "zsh: run 'make deps'\n";
	chomp(my @lines = <$zsh>);
	return join ' ', @lines;
}

for (['sta', 'status start', 'verbs'],
	['why we', 'web webmail', 'names of services'],
	['stop web d', 'db', 'a second name'],
	['graph -', '-a --svg --json', 'options'],
	['check READM', 'README.md', 'files'],
	['log in', 'init', "init's own log"],
	['kill web USR', 'USR1 USR2', 'signals'],
	['completion ', 'bash zsh', 'what may stand there'],
	['explain --r', '--root', 'an option with a value'],
	['reload-t', 'reload-table', 'a verb of one word'],
	['reload-table -', '--json', 'and its option'],
	['top we', '', 'twin: no name where none is wanted']) {
	my ($line, $wanted, $name) = @$_;
	my @words = split / /, "svc $line", -1;
	is(complete(@words), $wanted, "bash: $name");
	is(complete_zsh(@words), $wanted, "zsh: $name");
}

# --- the manual ---------------------------------------------------------------

my $help = decode_json(scalar `build/host/svc help --json`);
is_deeply([faults('help', $help)], [], 'help --json: is as its schema says');
my @verbs = sort map { $_->{verb} } @$help;
cmp_ok(scalar @verbs, '>', 20, 'help: all verbs');
system('make -s manuals') == 0 or die "make manuals: $?\n";
open my $page, '<', 'build/manual/svc.8' or die "svc.8: $!\n";
my $manual = do { local $/; <$page> };
my ($synopsis) = $manual =~ /^\.Sh SYNOPSIS\n(.*?)^\.Sh /ms;
my %shown = map { $_ => 1 } map { split / \| / } $synopsis =~ /^\.Nm svc\n\.Cm (.*)/mg;
is_deeply([sort keys %shown], \@verbs, 'svc(8): its synopsis has every verb');
my ($text) = $manual =~ /^\.Sh DESCRIPTION\n(.*?)^\.Ss Status/ms;
my %told = map { $_ => 1 } map { split /\s*,\s*/ }
    map { s/ (?:O[oc]|Ar|Fl|Op|Cm) .*//r } $text =~ /^\.It Cm (.*)/mg;
is_deeply([grep { !$told{$_} } @verbs], [], 'svc(8): and tells of it');
for my $verb (@$help) {
	my ($name) = $verb->{verb};
	my @usage = $verb->{operands} =~ /(?:^|\[)--?([\w-]+)/g;
	my ($its) = $synopsis =~ /^\.Cm (?:[^\n]* )?\Q$name\E(?: [^\n]*)?\n(.*?)(?=^\.Nm|\z)/ms;
	my @missing = grep { my $o = $_; $o !~ /^\w{1,4}$/ &&
	    ($its // '') !~ /-\Q$o\E\b/ } @usage;
	is("@missing", '', "svc(8): $name has the options of its usage");
}
my @with_json = sort map { $_->{verb} }
    grep { $_->{operands} =~ /--json/ } @$help;
is_deeply(\@with_json, [schema_verbs()], 'a schema for each --json');
# What prints no facts: it asks for something, or prints a script, or what a
# command prints.
my %says_nothing = map { $_ => 1 } qw(start stop restart reload kill freeze thaw
    enter reexec reboot poweroff halt completion);
is_deeply([grep { !$says_nothing{$_} } @verbs], \@with_json,
	'--json for each verb that prints');
# Each verb that asks init can be granted, and nothing else.
open my $asks, '<', 'init/table/control.c' or die "control.c: $!\n";
my @granted = map { /\{"([\w-]+)", CONTROL_/g } <$asks>;
my %asks_nothing = map { $_ => 1 } qw(enter check explain security seccomp-trace
    completion help);
my %asks = map { $_ => 1 } 'all', qw(reload reload-table reexec),
    grep { !$asks_nothing{$_} } @verbs;
is_deeply([sort @granted], [sort keys %asks],
	'control-group: every verb that asks init');
done_testing;
