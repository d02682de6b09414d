#!/usr/bin/perl
# svc explain and svc security on the build host: what they print of the
# shipped tables, and of one that opens much. No boot.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Schema;
use Test::More;

my $svc = 'build/host/svc';
my $root = 'build/' . board() . '/rootfs';
my $folder = 'build/' . board() . '/boot';
my @shipped = ('rootfs/etc/services.tab', 'board/' . board() . '/services.tab');

sub output { open(my $pipe, '-|', @_) or die; local $/; my $all = <$pipe>; close $pipe; $all }
sub save {
	my ($name, $text) = @_;
	open(my $file, '>', "$folder/$name") or die "$folder/$name: $!";
	print {$file} $text;
	close $file;
	return "$folder/$name";
}

# Every key of a service is there, and what is printed is a table again, from
# which the same is printed.
my $text = output($svc, 'explain', '--root', $root, 'web', @shipped);
open(my $keys, '<', 'init/table/keys.def') or die;
my @names = map { /^KEY\(\w+, (?!SYSTEM|INTERFACE|BRIDGE|MOUNT)\w+, "([\w-]+)"/ ? $1 : () } <$keys>;
cmp_ok(scalar @names, '>', 40, 'keys.def has the keys of a service');
my @missing = grep { $text !~ /^(?:# )?\Q$_\E +=/m } @names;
is("@missing", '', 'svc explain tells every key');
like($text, qr/^user += www +# rootfs\/etc\/services\.tab:\d+$/m, '... and where it stands');
like($text, qr/^stop-timeout += 5s +# default$/m, '... or that it is the default');
(my $own = $text) =~ s/^(?:# )?(?:ports|net|publish) .*\n//mg;
my $again = output($svc, 'explain', '--root', $root, 'web', save('explained.tab', $own));
sub bare { my $t = shift; $t =~ s/^# runs .*//ms; $t =~ s/ +# .*//mg; $t =~ s/^(?:# )?(?:ports|net|publish) .*\n//mg; $t }
is($?, 0, 'what svc explain prints is a table');
is(bare($again), bare($own), '... that means the same');

my $rooted = output($svc, 'explain', '--root', $root, 'a', save('rooted.tab',
	"[a]\nrun = /a\nuser = inner:crew\nimage = /a.img\n"));
like($rooted, qr/^# runs as inner:crew, as its own root has it/m,
	'a user of its own root is told by name');
like($rooted, qr{^# its root, read-only: /a\.img$}m, '... and the root');

# A spare that only [defaults] ask for is left out where there cannot be one.
my $spares = save('spares.tab', "[defaults]\nspare = yes\n[a]\nrun = /a\n"
	. "[b]\nrun = /b\ntty = console\n[c]\nrun = /c\nspare = no\n");
my %spare = (a => 'made ahead', c => undef,
	b => "none: 'tty': there is only one, which the running program has");
for my $name (sort keys %spare) {
	my ($told) = output($svc, 'explain', '--root', $root, $name, $spares) =~
	    /^# its next compartment: (.*)$/m;
	is($told, $spare{$name}, "$name: whether its next compartment is made ahead");
	is(decode_json(output($svc, 'explain', '--json', '--root', $root, $name, $spares))->{spare},
		$spare{$name}, '... as JSON');
}

is(output($svc, 'explain', '--root', $root, 'nobody', @shipped), "[nobody]\n", 'twin: no such service');
isnt($?, 0, '... is a failure');

# The same as JSON.
my $json = decode_json(output($svc, 'explain', '--json', '--root', $root, 'web', @shipped));
is_deeply([faults('explain', $json)], [], 'explain --json: is as its schema says');
my %value = map { $_->{key} => $_ } @{$json->{keys}};
is_deeply([sort keys %value], [sort @names], '... with every key');
is("@{$value{user}{words}} $value{user}{file}", 'www rootfs/etc/services.tab', '... its value, and where it stands');
is_deeply([@{$value{'stop-timeout'}}{qw(default file line)}, scalar @{$value{'stop-timeout'}{words}}],
	['5s', undef, undef, 0], '... or its default');
is_deeply($json->{namespaces}, [$text =~ /^# namespaces of its own: (.*)/m ? split ' ', $1 : ()], '... what follows');
is_deeply([grep { /^PATH=/ } @{$json->{environment}}], [$text =~ /^# environment: (PATH=.*)/m], '... and its environment');
is(output($svc, 'explain', '--json', '--root', $root, 'nobody', @shipped), '', 'twin: nothing of nobody');
my $built_in = decode_json(output($svc, 'explain', '--json', '--root', $root, 'mounts', @shipped));
is_deeply([faults('explain', $built_in), $built_in->{built_in} ? 'built in' : ''], ['built in'], 'a part of init is one');

my $sound = decode_json(output($svc, 'check', '--json', '--root', $root, @shipped));
is_deeply([faults('check', $sound), @{$sound->{faults}}], [], 'check --json: is as its schema says');
cmp_ok($sound->{services}, '>=', 3, '... and counts them');
my $faulty = decode_json(output($svc, 'check', '--json', save('a:1:faulty.tab', "[a]\nrun = /a\n\nmemroy = 1M\n")));
is($?, 256, 'check --json: faults are a failure');
is_deeply([faults('check', $faulty)], [], '... as the schema says');
is_deeply($faulty->{faults}, [{file => "$folder/a:1:faulty.tab", line => 4, column => 1,
	text => "unknown key 'memroy'; did you mean 'memory'?"}], '... and where they are');

# The shipped tables reach nothing that they need not.
my $all = decode_json(output($svc, 'security', '--json', '--root', $root, @shipped));
is_deeply([faults('security', $all)], [], 'security --json: is as its schema says');
my %score = map { $_->{service} => $_->{score} } @$all;
is($score{console}, undef, 'the console is not judged');
delete $score{console};
cmp_ok(scalar(keys %score), '>=', 3, 'the shipped services are');
for my $name (sort keys %score) {
	cmp_ok($score{$name}, '<=', 0.3, "$name reaches next to nothing");
}

my $open = save('open.tab', <<'END');
[all]
run = /bin/a
isolation = none
[much]
run = /bin/b
host = net user
capabilities = sys_admin
[some]
run = /bin/c
bind = /data
user = 5
[rooted]
run = /bin/d
root = /data/tree
user = 5
[imaged]
run = /bin/e
image = /data/tree.img
user = 5
END
my $table = output($svc, 'security', $open);
like($table, qr/^all +10\.0  all of the host's$/m, 'twin: all is the worst');
like($table, qr/^rooted +0\.3  files of the host, to read$/m, 'a root that is a folder of the host is one to read');
like($table, qr/^imaged +0\.0  nothing but its own$/m, 'twin: an image is not');
like($table, qr/^much +9\.6  what they allow on the host; files/m, 'what is opened adds up');
like($table, qr/^some +1\.0  files of the host, to write$/m, 'one word, one thing');
like($table, qr/^To change first:\n  all: 'isolation = none' \(10\.0\): .*\n  much: 'capabilities' \(4\.0\): .*\n  much: 'host = user' \(3\.0\)/m,
	'the three words that would help most');
done_testing;
