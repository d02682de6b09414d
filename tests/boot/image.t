#!/usr/bin/perl
# Services with a root of their own: directories and images, made here with the
# tools of the build host; what is hostile in them; and that nothing is left.
use strict;
use warnings;
use lib 'tests/boot/lib';
use Boot;
use File::Path qw(make_path remove_tree);
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
my $out = 'build/' . board() . '/boot';
my $work = "$out/images";
my $seed = 1;
my $data = join '', map {
	$seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
	chr($seed >> 16 & 255)
} 1 .. 200_000;
my $probe = bytes("$out/probe");
my $passwd = "root:x:0:0::/:/bin/sh\ninner:x:501:502::/home/inner:/bin/inner\n"
    . "far:x:5000:5000::/:\n";
my $group = "root:x:0:\ncrew:x:77:inner\nextra:x:78:\n";

sub put {
	my ($file, $text, $mode) = @_;
	open my $to, '>:raw', $file or die "$file: $!\n";
	print $to $text;
	close $to or die "$file: $!\n";
	chmod $mode, $file if defined $mode;
}

# run(COMMAND...): what it prints; its failure is that of the test.
sub run {
	open my $from, '-|', @_ or die "$_[0]: $!; run 'make deps'\n";
	local $/;
	my $text = <$from> // '';
	close $from or die "@_: failed ($?)\n";
	return $text;
}

# A root file system, with a link that leads out of it.
remove_tree($work);
make_path(map { "$work/root/$_" } qw(proc sys dev tmp run mnt etc test links));
chmod 0755, $work, "$work/root";
put("$work/root/test/probe", $probe, 0755);
put("$work/root/data", $data, 0644);
put("$work/root/secret", "secret\n", 0600);
put("$work/root/etc/passwd", $passwd, 0644);
put("$work/root/etc/group", $group, 0644);
symlink '/../../mnt', "$work/root/links/outward" or die "link: $!\n";

run('mksquashfs', "$work/root", "$work/squashfs.img", qw(-all-root -noappend
	-quiet -no-progress -noD -noF));
run('mkfs.erofs', '--quiet', '--all-root', "$work/erofs.img", "$work/root");
run('mke2fs', '-q', '-t', 'ext4', '-d', "$work/root", '-E', 'root_owner=0:0',
	"$work/ext4.img", '2M');
my $image = bytes("$work/squashfs.img");
my ($hash) = run('veritysetup', 'format', "$work/squashfs.img",
	"$work/squashfs.img.verity") =~ /^Root hash:\s*([0-9a-f]{64})$/m;
my $tree = bytes("$work/squashfs.img.verity");
my $changed = $image;
my $at = index($changed, substr($data, 100_000, 64));
die "no plain data in the image\n" if $at < 0;
substr($changed, $at, 1) = chr(ord(substr($changed, $at, 1)) ^ 1);
my $other = $hash;
substr($other, 0, 1) = $other =~ /^0/ ? '1' : '0';

my %verity = (verified => $hash, changed => uc $hash, 'wrong-hash' => $other,
	'no-tree' => $hash, 'bad-tree' => $hash);
my $table = "[unverified]\nrun = /test/probe read /data\n"
    . "image = /test/changed.img\n";
$table .= "[$_]\nrun = /test/probe read /data\nrestart = never\n"
    . "image = /test/$_.img verity=$verity{$_}\n" for sort keys %verity;

# Killed at any moment of their starts.
my @hasty = map { 15 * $_ } 1 .. 16;
$table .= "[template hasty\@]\nrun = /test/probe hold\nautostart = no\n"
    . "restart = never\nstart-timeout = %ims\n"
    . "image = /test/verified.img verity=$hash\n";
$table .= "[hasty\@$_]\n" for @hasty;

# dir(NAME, ENTRY => [MODE, BYTES]...): a root in the guest
sub dir {
	my ($name, %more) = @_;
	my %entry = (
		(map { $_ => [040755, ''] } '', qw(proc sys dev tmp run mnt etc test
			target-of-link)),
		'test/probe' => [0100755, $probe],
		'etc/passwd' => [0100644, $passwd],
		'etc/group' => [0100644, $group],
		secret => [0100600, "secret\n"],
		outward => [0120777, '/../target-of-link'],
		%more);
	return map { ("test/$name" . ($_ eq '' ? '' : "/$_"), $entry{$_}) }
	    grep { $entry{$_} } keys %entry;
}

my $file = sub { [0100644, $_[0]] };
my $machine = boot('image', folder => 'image', tests => 64, seconds => 150,
	files => {
		'etc/services.d/60-verity.tab' => $file->($table),
		'test/share' => [040777, ''],
		'test/squashfs.img' => $file->($image),
		'test/erofs.img' => $file->(bytes("$work/erofs.img")),
		'test/ext4.img' => $file->(bytes("$work/ext4.img")),
		'test/truncated.img' => $file->(substr $image, 0, 50_000),
		'test/garbage.img' => $file->($data),
		'test/pipe.img' => [010644, ''],
		(map { ("test/$_.img" => $file->($image)) }
			qw(verified wrong-hash no-tree bad-tree)),
		'test/changed.img' => $file->($changed),
		(map { ("test/$_.img.verity" => $file->($tree)) }
			qw(verified wrong-hash changed)),
		'test/bad-tree.img.verity' => $file->($data),
		'test/host' => [040755, ''],
		'test/host/passwd' => $file->("www:x:80:80::/:\n"),
		dir('dir'),
		dir('fifo', 'etc/passwd' => [010644, '']),
		dir('huge', 'etc/passwd' => $file->("x\n" x 600_000)),
		dir('outward', 'etc/passwd' => [0120777, '/../../../test/host/passwd']),
		dir('link-etc', etc => [0120777, '/../../test/host'],
			'etc/passwd' => undef, 'etc/group' => undef),
		dir('link-proc', proc => [0120777, '/']),
		dir('link-sys', sys => [0120777, '..']),
		dir('link-dev', dev => [0120777, '/etc']),
		dir('link-tmp', tmp => [0120777, '/test/dir']),
		dir('link-run', run => [0120777, '../../run']),
		dir('bare', proc => undef),
		'test/linked' => [0120777, 'dir'],
	});
done_testing;
