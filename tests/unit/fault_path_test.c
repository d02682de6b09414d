/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (Paths and mounts)
 */
#include "fixture.h"

struct row {
	const char *name;
	const char *text;
	size_t size;
	const char *faults;
};

#define TEXT(text) (text), sizeof(text) - 1

/* clang-format off */
static const struct row rows[] = {
	{"path_relative",
		TEXT("[a]\n"
			"run = a\n"),
		"t.tab:2:7: 'a': not an absolute path; begin it with '/'\n"},
	{"path_dots",
		TEXT("[a]\n"
			"run = /a\n"
			"workdir = /a/../b\n"),
		"t.tab:3:11: '/a/../b': '..' in a path; write where it le"
			"ads\n"},
	{"path_dots_end",
		TEXT("[a]\n"
			"run = /a\n"
			"workdir = /a/..\n"),
		"t.tab:3:11: '/a/..': '..' in a path; write where it lead"
			"s\n"},
	{"path_two",
		TEXT("[a]\n"
			"run = /a\n"
			"workdir = /a /b\n"),
		"t.tab:3:14: '/b': 'workdir' is one path\n"},
	{"tty",
		TEXT("[a]\n"
			"run = /a\n"
			"tty = ttyS0\n"),
		"t.tab:3:7: 'ttyS0': not a terminal; write console or /de"
			"v/NAME\n"},
	{"tty_two",
		TEXT("[a]\n"
			"run = /a\n"
			"tty = console console\n"),
		"t.tab:3:7: 'console': not a terminal; write console or /"
			"dev/NAME\n"},
	{"root_whole",
		TEXT("[a]\n"
			"run = /a\n"
			"root = //\n"),
		"t.tab:3:8: '/': the image's own root is what a service h"
			"as that says nothing; remove it\n"},
	{"root_relative",
		TEXT("[a]\n"
			"run = /a\n"
			"root = srv\n"
			"[b]\n"
			"run = /b\n"
			"root = /a /b\n"),
		"t.tab:3:8: 'srv': not an absolute path; begin it with '/"
			"'\n"
			"t.tab:6:11: '/b': 'root' is one path\n"},
	{"root_and_image",
		TEXT("[a]\n"
			"run = /a\n"
			"root = /srv\n"
			"image = /a.img\n"),
		"t.tab:4:1: 'image' with 'root': it has one root only; re"
			"move one of the two\n"},
	{"root_host",
		TEXT("[a]\n"
			"run = /a\n"
			"root = /srv\n"
			"host = mnt\n"
			"[b]\n"
			"run = /b\n"
			"image = /a.img\n"
			"host = mnt\n"
			"[c]\n"
			"run = /c\n"
			"image = /a.img\n"
			"isolation = none\n"),
		"t.tab:3:1: 'root' with 'host = mnt': its root is the hos"
			"t's; remove one of the two\n"
			"t.tab:7:1: 'image' with 'host = mnt': its root is the ho"
			"st's; remove one of the two\n"
			"t.tab:11:1: 'image' with 'isolation = none': there is no"
			" compartment; remove one of the two\n"},
	{"root_user",
		TEXT("[a]\n"
			"run = /a\n"
			"root = /srv\n"
			"user = 0day\n"
			"groups = 1e3\n"
			"[b]\n"
			"run = /b\n"
			"image = /b.img\n"
			"user = 2000\n"
			"ids = 200\n"
			"groups = 4294967295\n"),
		"t.tab:4:8: '0day': neither a number nor the form of a na"
			"me, which begins with a letter or '_'\n"
			"t.tab:5:10: '1e3': neither a number nor the form of a na"
			"me, which begins with a letter or '_'\n"
			"t.tab:9:8: '2000': id 2000 is not among the 1023 of this"
			" service; write 'ids = 200 2'\n"
			"t.tab:11:10: '4294967295': an id is from 0 to 4294967294"
			"\n"},
	{"image_words",
		TEXT("[a]\n"
			"run = /a\n"
			"image = a.img\n"
			"[b]\n"
			"run = /b\n"
			"image = /a.img verity=00 /b\n"),
		"t.tab:3:9: 'a.img': not an absolute path; begin it with "
			"'/'\n"
			"t.tab:6:26: '/b': 'image' is one file; write /FILE [veri"
			"ty=HASH]\n"},
	{"image_verity",
		TEXT("[a]\n"
			"run = /a\n"
			"image = /a.img verity=00\n"
			"[b]\n"
			"run = /b\n"
			"image = /a.img hash=00\n"
			"[c]\n"
			"run = /c\n"
			"image = /a.img verity=0000000000000000000000000000000000"
			"00000000000000000000000000000g\n"),
		"t.tab:3:16: 'verity=00': not verity= and the 64 digits o"
			"f a root hash, as 'veritysetup format FILE FILE.verity' "
			"prints it\n"
			"t.tab:6:16: 'hash=00': not verity= and the 64 digits of "
			"a root hash, as 'veritysetup format FILE FILE.verity' pr"
			"ints it\n"
			"t.tab:9:16: 'g': not a hexadecimal digit\n"},
	{"mount_root",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /\n"),
		"t.tab:3:9: '/': cannot cover the whole root\n"},
	{"mount_proc",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /proc/x\n"
			"bind = /x:/sys\n"
			"bind-ro = /dev\n"),
		"t.tab:3:9: '/proc/x': nothing can stand in /proc and /sy"
			"s, which the kernel fills\n"
			"t.tab:4:8: '/x:/sys': nothing can stand in /proc and /sy"
			"s, which the kernel fills\n"
			"t.tab:5:11: '/dev': cannot cover /dev; name what is want"
			"ed of it\n"},
	{"mount_covers",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a/b\n"
			"bind = /a\n"),
		"t.tab:4:8: '/a': covers '/a/b', which stands before it; "
			"remove one, or change their order\n"},
	{"mount_twice",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a\n"
			"bind = /a\n"),
		"t.tab:4:8: '/a': covers '/a', which stands before it; re"
			"move one, or change their order\n"},
	{"mount_parts",
		TEXT("[a]\n"
			"run = /a\n"
			"bind = /a:/b:slave:x\n"),
		"t.tab:3:8: '/a:/b:slave:x': more than three parts\n"},
	{"mount_propagation",
		TEXT("[a]\n"
			"run = /a\n"
			"bind = /a:/b:rw\n"),
		"t.tab:3:8: '/a:/b:rw': ends in neither ':slave', ':share"
			"d' nor ':idmap'\n"},
	{"mount_slave",
		TEXT("[a]\n"
			"run = /a\n"
			"bind = /a:slave\n"
			"bind-ro = /b:shared\n"
			"bind = /c:idmap\n"),
		"t.tab:3:8: '/a:slave': no path inside; write HOST:INSIDE"
			":slave\n"
			"t.tab:4:11: '/b:shared': no path inside; write HOST:INSI"
			"DE:shared\n"
			"t.tab:5:8: '/c:idmap': no path inside; write HOST:INSIDE"
			":idmap\n"},
	{"mount_relative",
		TEXT("[a]\n"
			"run = /a\n"
			"bind = a\n"
			"bind-ro = /a:b\n"
			"bind = /a::slave\n"),
		"t.tab:3:8: 'a': not an absolute path; begin it with '/'\n"
			"t.tab:4:11: '/a:b': not an absolute path; begin it with "
			"'/'\n"
			"t.tab:5:8: '/a::slave': not an absolute path; begin it w"
			"ith '/'\n"},
	{"tmpfs_parts",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a:1M:700:x\n"),
		"t.tab:3:9: '/a:1M:700:x': more than three parts\n"},
	{"tmpfs_size",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a:1Q\n"),
		"t.tab:3:9: '/a:1Q': not a size; write 64K, 32M or 1G\n"},
	{"tmpfs_zero",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a:0\n"),
		"t.tab:3:9: '/a:0': a size of 0 would mean no limit\n"},
	{"tmpfs_mode",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = /a:1M:999\n"
			"tmpfs = /b:1M:70000\n"),
		"t.tab:3:9: '/a:1M:999': its mode is not octal up to 7777\n"
			"t.tab:4:9: '/b:1M:70000': its mode is not octal up to 77"
			"77\n"},
	{"tmpfs_relative",
		TEXT("[a]\n"
			"run = /a\n"
			"tmpfs = a\n"),
		"t.tab:3:9: 'a': not an absolute path; begin it with '/'\n"},
	{"runtime",
		TEXT("[a]\n"
			"run = /a\n"
			"runtime = a/b\n"),
		"t.tab:3:11: 'a/b': not a name of the form a-z0-9 then a-"
			"z0-9_.-; it becomes /run/NAME\n"},
	{"device",
		TEXT("[a]\n"
			"run = /a\n"
			"devices = seriel dri\n"
			"devices = /etc/x /dev/../x\n"
			"devices = /dev\n"),
		"t.tab:3:11: 'seriel': no device; did you mean 'serial'?\n"
			"t.tab:3:18: 'dri': no device; write /dev/NAME, gpu, inpu"
			"t, audio or serial\n"
			"t.tab:4:11: '/etc/x': no device; write /dev/NAME, gpu, i"
			"nput, audio or serial\n"
			"t.tab:4:18: '/dev/../x': '..' in a path; write where it "
			"leads\n"
			"t.tab:5:11: '/dev': no device; write /dev/NAME, gpu, inp"
			"ut, audio or serial\n"},
	{"device_own",
		TEXT("[a]\n"
			"run = /a\n"
			"devices = /dev/null /dev/pts /dev/shm/x? /dev/ttyS0\n"),
		"t.tab:3:11: '/dev/null': every service has its own; remo"
			"ve it\n"
			"t.tab:3:21: '/dev/pts': every service has its own; remov"
			"e it\n"
			"t.tab:3:30: '/dev/shm/x': every service has its own; rem"
			"ove it\n"},
	{"device_pattern",
		TEXT("[a]\n"
			"run = /a\n"
			"devices = /dev/ttyS[0-3] /dev/null*\n"),
		"t.tab:3:11: '/dev/ttyS[0-3]': only '*' and '?' stand for"
			" something else in a path\n"},
	{"device_isolation",
		TEXT("[a]\n"
			"run = /a\n"
			"isolation = none\n"
			"devices = gpu\n"),
		"t.tab:4:1: 'devices' with 'isolation = none': there is n"
			"o compartment; remove one of the two\n"},
	{"device_twice",
		TEXT("[a]\n"
			"run = /a\n"
			"devices = /dev/x gpu\n"
			"devices = gpu? /dev//x\n"),
		"t.tab:4:11: 'gpu': stands there twice; remove one\n"
			"t.tab:4:16: '/dev/x': stands there twice; remove one\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_bytes(&b, rows[i].text, rows[i].size);
		if (strcmp(faults_of(&b), rows[i].faults) != 0)
			print_error("in row %s\n", rows[i].name);
		assert_string_equal(faults_of(&b), rows[i].faults);
		drop_built(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
