#!/usr/bin/perl
# Privileges: capabilities, what may be gained, what the filter of system calls
# and Landlock refuse; and what the compiler of policies says of wrong ones.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use JSON::PP;
use Schema ();
use Test::More;

my $out = 'build/' . board() . '/boot';
my ($arch) = setting('TRIPLE') =~ /^([^-]+)/;

# compile(FILE, TO): what the compiler of policies says.
sub compile {
	return scalar `build/host/policy compile $arch $_[0] $_[1] rootfs/seccomp/ 2>&1`;
}

sub faults {
	my ($text) = @_;
	open my $to, '>', "$out/wrong.policy" or die;
	print $to $text;
	close $to or die;
	(my $said = compile("$out/wrong.policy", '/dev/null')) =~
	    s{\Q$out\E/}{}g;
	return $said;
}

is(faults("include default\nallow opne\n"),
	"wrong.policy:2: unknown system call 'opne'; did you mean 'open'?\n",
	'a call that is unknown');
is(faults("include default\n# remark\n\nallow \@net socket(0=?) socket(9=1)\n"),
	"wrong.policy:4: unknown group '\@net'; write 'include groups' above, or 'group \@net CALL ...'\n"
	. join('', map { "wrong.policy:4: '$_': not a condition; write socket(0=VALUE) or socket(0&MASK=VALUE), of the arguments 0 to 5\n" }
	    'socket(0=?)', 'socket(9=1)'),
	'a group, and conditions, that are none');
is(faults("include nowhere\nlet read\ninclude default\nelse kill\n"),
	"wrong.policy:1: 'nowhere': there is neither nowhere.policy nor nowhere.part\n"
	. "wrong.policy:2: 'let': a line begins with allow, deny, group, include or else\n"
	. "wrong.policy:4: 'else' stands above all other lines\n",
	'an include, a word and an order that are wrong');
is(faults("include wrong\n"),
	"wrong.policy:1: 'wrong': more than 8 includes in one another\n"
	. join('', map { "wrong.policy: '$_' is not allowed: no program can be started without; write 'allow $_'\n" }
	    qw(execve write exit_group)),
	'an include of itself, and nothing allowed');

is(compile('tests/boot/privileges/strict.policy', "$out/strict"), '',
	'a policy of its own compiles');
my $loader = $arch eq 'x86_64' ? 'lib64/ld-linux-x86-64.so.2'
    : 'lib/ld-linux-aarch64.so.1';
my $machine = boot('privileges', folder => 'privileges', tests => 102,
	seconds => 300,
	files => {
		'lib/bulkhead/seccomp/strict' => [0100644, bytes("$out/strict")],
		'test/vsock.ko' => [0100644,
			kernel_module('net/vmw_vsock/vsock')],
		'test/dynamic' => [0100755, bytes("$out/dynamic")],
		'test/lib/libc.so.6' => [0100755, bytes("$out/dynamic.libc")],
		$loader => [0100755, bytes("$out/dynamic.ld")],
		'lib64' => [040755, ''],
		'test/lib' => [040755, ''],
	});
ok(console_line($machine, qr{policy 'lost'.*No such file}),
	'a policy that is not there is a fault of the table');
for my $line (qr{fence-port: restrict it by Landlock tcp-connect:80: .*Linux 6\.7},
	qr{fence-path: restrict it by Landlock rw:/nowhere: No such file},
	qr{fence-program: execute /test/probe: Permission denied.*landlock},
	qr{fence: .*rw:/nowhere\?},
	qr{fence: .*tcp-connect:80\?}) {
	ok(console_line($machine, $line), "the console has $line");
}
my $trace = eval { decode_json($machine->{data}{trace}[0]) } // {};
is_deeply([Schema::faults('seccomp_trace', $trace)], [],
	'trace --json: is as its schema says');
is_deeply([grep { /^get[pu]/ } @{$trace->{calls}}], [qw(getppid getuid)],
	'trace --json: and has what it calls');
my ($plain, $tested, $plain_none, $tested_none) =
    split ' ', $machine->{data}{costs}[0] // '9 9 1 1';
note("a call takes $plain ns with the filter and $plain_none ns without; "
	. "one with a condition $tested ns and $tested_none ns");
cmp_ok($plain, '<', 3 * $plain_none, 'the filter costs less than a call');
done_testing;
