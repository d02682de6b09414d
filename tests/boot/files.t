#!/usr/bin/perl
# What services keep, are given, and share: on a disk that outlives the boot,
# and where there is none.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use Compress::Zlib qw(crc32);
use File::Path qw(make_path remove_tree);
use Test::More;

my $disk = 'build/' . board() . '/boot/files-disk';

# made(FILE, MIB, OPTION...): a disk image with ext4, and QEMU's words for it
sub made {
	my ($file, $size, @options) = @_;
	unlink $file;
	system('truncate', '-s', "${size}M", $file) == 0 and
	system('mke2fs', '-q', '-F', '-t', 'ext4', @options, $file) == 0
	    or die "mke2fs: failed; run 'make deps'\n";
}

# whole(FOLDER): a root with a shell, as a directory and as an image
sub whole {
	my ($folder) = @_;
	my $out = 'build/' . board();
	my %file = ('bin/sh' => bytes("$out/mksh"),
		'bin/toybox' => bytes("$out/toybox"),
		'test/probe' => bytes("$out/boot/probe"),
		'test/whole' => bytes('tests/boot/files/whole'),
		'etc/passwd' => "inner:x:501:502::/:/bin/sh\n",
		'etc/group' => "crew:x:77:inner\n");
	my @links = map { "bin/$_" } qw(cat mv sleep stat touch tr);
	my @folders = qw(bin dev etc proc run sys test tmp var var/lib);
	remove_tree($folder);
	make_path(map { "$folder/$_" } @folders, 'var/lib/first');
	for my $name (keys %file) {
		open my $to, '>:raw', "$folder/$name" or die "$folder: $!\n";
		print $to $file{$name};
		close $to or die "$folder: $!\n";
		chmod 0755, "$folder/$name";
	}
	symlink 'toybox', "$folder/$_" or die "$folder: $!\n" for @links;
	system('mkfs.erofs', '--quiet', '--all-root', "$folder.img",
		$folder) == 0 or die "run 'make deps'\n";
	my %in = ('test/own.img' => [0100644, bytes("$folder.img")],
		map { ("test/own/$_" => [0100755, $file{$_}]) } keys %file);
	$in{"test/own/$_"} = [0120777, 'toybox'] for @links;
	$in{"test/own$_"} = [040755, ''] for '', map { "/$_" } @folders;
	unlink "$folder.img";
	remove_tree($folder);
	return %in;
}

made($disk, 32, '-L', 'data', '-O', 'quota,project');
made("$disk-more", 8, '-U', '01234567-89ab-cdef-0123-456789abcdef');
my %whole = whole("$disk-whole");
my %files = ('etc/secret' => [0100600, "secret\n"],
	'test/share' => [040777, ''], 'test/share/nested' => [040777, ''],
	'test/word' => [0100644, "first\n"]);

my $machine = boot('files', folder => 'files', tests => 55, seconds => 300,
	files => {%files, %whole}, qemu => [disks($disk, "$disk-more")]);
for my $line (qr{linked: open state /data/state/linked: .*links are not},
	qr{stranger: open state /data/state/stranger: .*chown -R},
	qr{late: hold the size of state late:SIZE: .*-O quota,project},
	qr{late-maybe: late-maybe:SIZE: .*left out},
	qr{careful: copy its credentials /run/odd: .*regular file}) {
	ok(console_line($machine, $line), "the console has $line")
	    or diagnose($machine);
}
# Nothing is replayed where it was unmounted; -n changes nothing.
is(system("e2fsck -fn $disk >/dev/null 2>&1"), 0, 'the disk is sound');
unlike(`dumpe2fs -h $disk 2>/dev/null`, qr/needs_recovery/,
	'and was unmounted at the end');

# gpt(FILE, LABEL): puts what is in a file into the one partition of a disk
sub gpt {
	my ($file, $label) = @_;
	my $inner = bytes($file);
	my $blocks = length($inner) / 512;
	my $name = pack 'v*', map { ord } split //, $label;
	my $entries = pack 'a16 a16 Q< Q< Q< a72', "\xaf\x3d\xc6\x0f\x83\x84"
	    . "\x72\x47\x8e\x79\x3d\x69\xd8\x47\x7d\xe4", 'bulkhead-part-00',
	    2048, 2048 + $blocks - 1, 0, $name;
	$entries .= "\0" x (128 * 128 - length $entries);
	my $last = 2048 + $blocks + 33;
	my $header = sub {
		my ($here, $there, $table) = @_;
		my $bytes = pack 'a8 V V V V Q< Q< Q< Q< a16 Q< V V V', 'EFI PART',
		    0x10000, 92, 0, 0, $here, $there, 34, $last - 33,
		    'bulkhead-disk-00', $table, 128, 128, crc32($entries);
		substr $bytes, 16, 4, pack 'V', crc32($bytes);
		return $bytes . "\0" x (512 - length $bytes);
	};
	my $mbr = "\0" x 446 . pack('C8 V V', 0, 0, 2, 0, 0xee, 255, 255, 255, 1,
		$last) . "\0" x 48 . "\x55\xaa";
	open my $to, '>:raw', $file or die "$file: $!\n";
	print $to $mbr, $header->(1, $last, 2), $entries,
	    "\0" x (512 * (2048 - 34)), $inner, $entries,
	    $header->($last, 1, $last - 32);
	close $to or die "$file: $!\n";
}

made("$disk-more", 8);
gpt("$disk-more", 'more');
boot('files again', folder => 'files', tests => 8, seconds => 200,
	files => \%files,
	append => 'bulkhead.table=/etc/again.tab',
	qemu => [disks($disk, "$disk-more")]);

# Each with one file, which is root's alone.
my $images = "$disk-images";
make_path("$images/root");
open my $to, '>', "$images/root/file" or die "$images: $!\n";
close $to;
chmod 0600, "$images/root/file";
system('mkfs.erofs', '--quiet', '--all-root', "$images/erofs",
	"$images/root") == 0 and
system('mksquashfs', "$images/root", "$images/squashfs", qw(-all-root
	-noappend -quiet -no-progress)) == 0 or die "run 'make deps'\n";
$files{'test/overlay.ko'} = [0100644, kernel_module('fs/overlayfs/overlay')];
$machine = boot('files in RAM', folder => 'files', tests => 17, seconds => 200,
	files => \%files, append => 'bulkhead.table=/etc/ram.tab',
	qemu => [disks("$images/erofs", "$images/squashfs")]);
for my $line (
	qr{ram\.tab:11: mount /gone: LABEL=nothing: not there in time; .*driver},
	qr{sized: hold the size of state sized:SIZE: .*'\?'},
	qr{perhaps: perhaps:SIZE: .*left out},
	qr{mapped: map the ids of /data/share: .*':idmap'},
	qr{squashfs: map the ids of /data/squashfs: .*':idmap'},
	qr{overlay: map the ids of /data/overlay: .*':idmap'},
	qr{lost: take from the host /gone: },
	qr{lost-maybe: /gone: .*left out}) {
	ok(console_line($machine, $line), "the console has $line")
	    or diagnose($machine);
}
unlink $disk, "$disk-more";
remove_tree($images);
done_testing;
