#!/usr/bin/perl
# File systems that are checked before they are mounted, and made where nothing
# is: by the real programs, and by one that tells how it is locked up.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Test::More;

my $disk = 'build/' . board() . '/boot/disks-';

sub run {
	system("@_ >/dev/null 2>&1") == 0 or die "@_: failed; run 'make deps'\n";
}

# filled(LETTER, MIB, BYTE, [AT => BYTES]...)
sub filled {
	my ($letter, $size, $byte, %at) = @_;
	my $all = $byte x ($size << 20);
	substr($all, $_, length $at{$_}) = $at{$_} for keys %at;
	open my $to, '>:raw', "$disk$letter" or die "$disk$letter: $!\n";
	print $to $all;
	close $to or die "$disk$letter: $!\n";
}

# made(LETTER, LABEL, TYPE, DEED...): ext4 or its like, and what debugfs does to it
sub made {
	my ($letter, $label, $type, @deeds) = @_;
	filled($letter, 8, "\0");
	run('mke2fs', '-F', '-t', $type, '-L', $label, "$disk$letter");
	run('debugfs', '-w', '-R', "'$_'", "$disk$letter") for @deeds;
}

my @wrong = ('ssv state 2', 'ssv free_blocks_count 1');
my $mark = "bulkhead: file system not made yet";
made('a', 'mend', 'ext4', @wrong);
made('b', 'broken', 'ext4', 'ssv state 2', 'clri <2>');
made('c', 'unchecked', 'ext4', @wrong);
filled('d', 16, "\0");
filled('e', 16, "\xff");
filled('f', 16, "\0", 0 => $mark, 64 => "\x57\x45\x56\x82", 5000 => 'half');
filled('g', 16, "\0", (16 << 20) - 1 => 'x');
filled('h', 16, "\0");
made('i', 'locked', 'ext2');
my $used = bytes("${disk}g");

# The last line is what init tells.
my $teller = "#!/bin/sh\n" . <<'END';
exec 2>&1
echo "many lines"
echo "uid $(id -u)" "disk $(dd if=$2 bs=1 skip=1080 count=2 2>/dev/null | od -An -tx1)" \
	"devices $(echo /dev/[sv]d*)" \
	"proc $(ls /proc | wc -w)" "data $(ls /data | wc -w)" \
	"write $(touch /bin/x 2>&1)" "secret $(cat /root/secret 2>&1)"
exit 1
END
my @drives = map { my $letter = $_;
	('-drive', "file=$disk$letter,if=none,id=disk$letter,format=raw",
		'-device', "virtio-blk-pci,drive=disk$letter") } 'a' .. 'i';
my $machine = boot('disks', folder => 'disks', tests => 13, seconds => 120,
	qemu => \@drives, files => {
		'sbin/fsck.ext4' => [0100755, cached('e2fsck')],
		'sbin/mkfs.ext4' => [0100755, cached('mke2fs')],
		'sbin/fsck.ext2' => [0100755, $teller]});
for my $line (
	qr{:\d+: mount /data/mend: /dev/vda: checked and mended: .*files},
	qr{:\d+: mount /data/broken: /dev/vdb: check it: .* questions: .*; mend it by hand},
	qr{:\d+: mount /data/blank: /dev/vdd: it was empty, and has},
	qr{:\d+: mount /data/erased: /dev/vde: it was empty, and has},
	qr{:\d+: mount /data/half: /dev/vdf: it was empty, and has},
	qr{:\d+: mount /data/used: /dev/vdg: check it: .* questions: .*[Bb]ad magic},
	qr{:\d+: mount /data/lacking: /dev/vdi: check it by its fsck: No such file.*put it into the image},
	qr{:\d+: mount /data/maybe: LABEL=nothing: not there: left out},
	qr{:\d+: mount /data/locked: /dev/vdi: checked and mended: uid 65534 disk +53 ef devices /dev/\[sv\]d\* proc 0 data \d+ write touch: .*Read-only file system secret .*cat: .*Permission denied}) {
	ok(console_line($machine, $line), "the console has $line")
	    or diagnose($machine);
}
ok(!console_line($machine, qr{/data/unchecked}), 'twin: nothing of fsck = no');
is(bytes("${disk}g"), $used, 'what is not empty was not touched')
    if ok(length $used, 'and was there');
for my $letter ('a', 'd', 'e', 'f') {
	is(system("e2fsck -fn $disk$letter >/dev/null 2>&1"), 0,
		"the file system on $letter is sound");
}
like(`dumpe2fs -h ${disk}d 2>/dev/null`, qr/features:.*quota.*project/,
	'what was made counts projects');
unlink map { "$disk$_" } 'a' .. 'i';
done_testing;
