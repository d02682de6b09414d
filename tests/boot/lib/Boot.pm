# What a boot test is made of. A test boots the board's image with a table and
# programs of its own in a second archive behind it; a judge in the guest
# writes TAP lines to a serial port of their own, each behind a number that
# only this boot knows; they become lines of this program's TAP.
package Boot;
use strict;
use warnings;
use Archive;
use Bytes;
use Exporter qw(import);
use Machine;
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(boot board setting bytes kernel_module other_kernel cached
    disks console_line diagnose);

my $board = $ENV{BOARD} // die "which board? BOARD=NAME\n";
my $out = "build/$board";
my $here = 'tests/boot';

sub board { return $board }

# setting(NAME): a value of the board's toolchain.mk, or undef.
sub setting {
	my ($name) = @_;
	open my $from, '<', "board/$board/toolchain.mk" or die;
	my ($value) = map { /^\Q$name\E\s*:=\s*(.*?)\s*$/ ? $1 : () } <$from>;
	return $value;
}

# kernel_module(PATH): the bytes of a module of the board's kernel that an image
# need not have; PATH as below kernel/ in its package, without ".ko".
sub kernel_module {
	my ($path) = @_;
	my ($kernel) = map { m{([^/]+)$} } glob "$out/modules/lib/modules/*";
	my ($file) = grep { -e } glob 'build/cache/' . setting('ARCH')
	    . "/linux-image-*/{,usr/}lib/modules/$kernel/kernel/$path.ko*";
	die "$path: no such module in $kernel\n" if !$file;
	my @reader = $file =~ /\.xz$/ ? qw(xz -dc) : 'cat';
	open my $from, '-|:raw', @reader, $file or die "$reader[0]: $!\n";
	local $/;
	return scalar <$from>;
}

# other_kernel(PACKAGE, MODULE...): a kernel of the distribution for this board,
# and what its modules are as files of a boot.
sub other_kernel {
	my ($package, @modules) = @_;
	my $folder = "$out/boot/$package";
	system('mkdir', '-p', $folder) == 0 or die;
	for (['name', $package], ['wanted', "@modules"]) {
		open my $to, '>', "$folder/$_->[0]" or die "$folder: $!\n";
		print $to "$_->[1]\n";
		close $to or die "$folder: $!\n";
	}
	system('board/unpack-kernel', 'build/cache', setting('ARCH'),
		"$folder/name", "$folder/wanted", $folder) == 0
	    or die "$package: cannot be had; see above\n";
	open my $from, '<', "$folder/modules.list" or die;
	my %file;
	while (<$from>) {
		my ($path) = m{^file /(\S+)} or next;
		$file{$path} = [0100644, bytes("$folder/modules/$path")];
		$file{$path} = [040755, ''] while $path =~ s{/[^/]+$}{};
	}
	return ("$folder/kernel", %file);
}

# cached(NAME): the bytes of a program of build/cache that an image need not have.
# It is built if nobody has yet.
sub cached {
	my ($name) = @_;
	my $file = 'build/cache/' . setting('ARCH') . "/$name";
	delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
	system("make BOARD=$board $file >&2") == 0
	    or die "$file: cannot be built; see above\n";
	return bytes($file);
}

# disks(FILE...): QEMU's words for files that are disks of the machine.
sub disks {
	my $number = 0;
	return map {
		my $id = 'disk' . $number++;
		('-drive', "file=$_,if=none,id=$id,format=raw",
			'-device', "virtio-blk-pci,drive=$id");
	} @_;
}

# The files that a boot finds besides the image's own: those common to all
# tests, the test's folder, and what the test makes up.
sub _entries {
	my ($folder, $more) = @_;
	my %entry = (
		'test' => [040755, ''],
		'test/out' => [041777, ''],
		'test/probe' => [0100755, bytes("$out/boot/probe")],
		'test/judge.sh' => [0100644, bytes("$here/guest/judge.sh")],
		'root/secret' => [0100600, "secret\n"],
	);
	if (defined $folder) {
		for my $file (glob "$here/$folder/*") {
			my ($name) = $file =~ m{([^/]+)$};
			my $path = $name =~ /\.tab$/ ? "etc/$name" : "test/$name";
			$entry{$path} = [0100644, bytes($file)];
		}
	}
	$entry{$_} = $more->{$_} for keys %{$more // {}};
	return \%entry;
}

sub _initrd {
	my ($name, $option) = @_;
	my $image = bytes("$out/image.cpio");
	$image = Archive::without($image, @{$option->{leave_out}})
	    if $option->{leave_out};
	my $file = "$out/boot/$name.cpio";
	if ($option->{as_shipped}) {
		unlink $file;
		link "$out/image.cpio", $file or die "$file: $!\n";
		return $file;
	}
	open my $to, '>:raw', $file or die "$file: $!\n";
	print $to $image,
	    Archive::make(_entries($option->{folder}, $option->{files}));
	close $to or die "$file: $!\n";
	return $file;
}

sub _nonce {
	open my $from, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
	sysread $from, my $bytes, 8;
	return unpack 'H*', $bytes;
}

sub _start {
	my ($name, $option) = @_;
	my $nonce = _nonce();
	my $verdict = "$out/boot/$name.verdict";
	my $initrd = _initrd($name, $option);
	local $ENV{APPEND} = join ' ', "test.nonce=$nonce", $option->{append} // ();
	local $ENV{VERDICT} = $verdict;
	local $ENV{MEMORY} = $option->{memory} // 512;
	my $counts = grep { $_ eq '-icount' } @{$option->{qemu} // []};
	local $ENV{CPUS} = $option->{cpus} // ($counts ? 1 : $ENV{CPUS} // 1);
	local $ENV{PORT} = $option->{port} // '';
	unlink $verdict;
	my $machine = Machine->start(
		command => ["board/$board/qemu",
			$option->{kernel} // "$out/kernel", $initrd,
			@{$option->{qemu} // []}],
		log => "$out/boot/$name.log",
		socket => "$out/boot/$name.qmp",
		seconds => $option->{seconds} // 60);
	@$machine{qw(nonce verdict initrd)} = ($nonce, $verdict, $initrd);
	return $machine;
}

# What the judge said, less the number; lines without it are nobody's.
sub _verdict {
	my ($machine) = @_;
	my ($text, @lines) = (-e $machine->{verdict} ? bytes($machine->{verdict})
		: '');
	for my $line (split /\r?\n/, $text) {
		push @lines, $1 if $line =~ /^\Q$machine->{nonce}\E (.*)/;
	}
	return @lines;
}

# The first word of init on the console, or one of the judge.
sub _reached_init {
	my ($machine) = @_;
	return $machine->{console} =~ /bulkhead|init:/ || _verdict($machine) > 0;
}

sub console_line {
	my ($machine, $pattern) = @_;
	my ($line) = grep { /$pattern/ } split /\r*\n/, $machine->{console};
	return $line;
}

# The end of the console's output, for whoever reads a failure.
sub diagnose {
	my ($machine) = @_;
	my @lines = split /\r*\n/, $machine->{console};
	splice @lines, 0, @lines - 30 if @lines > 30;
	diag("console ($machine->{log}):");
	diag("  | $_") for @lines;
}

my %skips;
if (open my $from, '<', "$here/skips.$board") {
	while (<$from>) {
		next if /^\s*(#|$)/;
		chomp;
		$skips{$_} = 1;
	}
}

sub _skip {
	my ($name, $why) = @_;
	my ($test) = $0 =~ m{([^/]+)$};
	if ($skips{"$test $name: $why"}) {
		SKIP: { skip("$name: $why", 1) }
		return;
	}
	fail($name);
	diag("skipped ($why), but not listed in $here/skips.$board");
}

# The judge's lines as our own. Returns how many failed, and what came as data.
sub _relay {
	my ($title, $option, @lines) = @_;
	my ($seen, $failed, $plan, %data) = (0, 0);
	for my $line (@lines) {
		if ($line =~ /^(not )?ok (\d+) - (.*?)(?: # SKIP (.*))?$/) {
			$seen++;
			my $right = !$1 && $2 == $seen;
			if (defined $4) {
				_skip($3, $4);
			} else {
				ok($right, "$title: $3") or $failed++;
			}
		} elsif ($line =~ /^> (\S+) ?(.*)/) {
			push @{$data{$1}}, $2;
		} elsif ($line =~ /^1\.\.(\d+)/) {
			$plan = $1;
		} else {
			diag($line) if $line =~ s/^# //;
		}
	}
	my $wanted = $option->{tests};
	my $whole = defined $plan && $plan == $seen && $seen == $wanted;
	ok($whole, "$title: the judge said all it had to") or $failed++;
	diag("facts: $seen seen, $wanted wanted, plan " . ($plan // 'missing'))
	    unless $whole;
	return ($failed, \%data);
}

# boot(TITLE, OPTION => VALUE...): boots, runs `drive`, waits for the end, and
# relays the judge's lines. Returns the machine, with what the judge sent as
# data in {data}.
#   folder      what is in it is in the guest: *.tab in /etc, all else in /test
#   files       {PATH => [MODE, BYTES]} besides
#   leave_out   [PATH...] of the image that this boot shall not have
#   as_shipped  the image alone, without anything of ours
#   tests       how many facts the judge has; none: no judge in this boot
#   drive       sub(MACHINE) that runs while the guest does
#   end         'guest-shutdown' (default), 'guest-reset', 'none' (killed),
#               'exit' (as QEMU's exit status is in {status})
#   kernel      another than the board's
#   append memory cpus port qemu seconds
# CPUS in the environment: processors, but not where instructions are counted,
# which QEMU does for one.
sub boot {
	my ($title, %option) = @_;
	(my $name = $title) =~ s/[^A-Za-z0-9]+/-/g;
	my $end = $option{end} // 'guest-shutdown';
	my $machine;
	mkdir "$out/boot";
	for my $try (1, 2) {
		$machine = _start($name, \%option);
		$machine->expect(qr/bulkhead|init:/, 40);
		last if $machine->{pid} and _reached_init($machine);
		$machine->wait_end if _reached_init($machine);
		last if _reached_init($machine) or $try == 2;
		$machine->kill;
		diag("boot retried: $title: the kernel never reached init");
		diagnose($machine);
	}
	$machine->{at} = 0;
	my $builder = Test::More->builder;
	my $failed = grep { !$_ } $builder->summary;
	$option{drive}->($machine) if $option{drive};
	my $ended = $end eq 'none' ? $machine->kill : $machine->wait_end;
	if ($option{tests}) {
		(my $wrong, $machine->{data}) =
		    _relay($title, \%option, _verdict($machine));
	}
	if ($end ne 'none') {
		my $how = $machine->{killed} ? 'not in time'
		    : $end eq 'exit' ? 'exit' : $machine->{events}[-1] // 'unknown';
		is($how, $end, "$title: the machine ends by itself");
	}
	ok($machine->{console} !~ /(Kernel panic[^\r\n]*)/, "$title: no panic")
	    or diag($1);
	diagnose($machine) if $failed < grep { !$_ } $builder->summary;
	unlink $machine->{initrd};
	note(sprintf '%s: %.1f s', $title, $machine->{took});
	return $machine;
}

1;
