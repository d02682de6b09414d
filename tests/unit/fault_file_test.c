/* Every message of the parser, with its exact place: what a person reads when
 * a table is wrong. (States, credentials, offers, file systems)
 */
#include "fixture.h"

struct row {
	const char *name;
	const char *text;
	const char *faults;
};

#define A "[a]\nrun = /a\n"

/* clang-format off */
static const struct row rows[] = {
	{"state_form",
		A "state = /x A a:1M:x\n",
		"t.tab:3:9: '/x': not of the form NAME[:SIZE] with a NAME of a-z0-9 then a-z0-9_.-; it becomes /var/lib/NAME\n"
		"t.tab:3:12: 'A': not of the form NAME[:SIZE] with a NAME of a-z0-9 then a-z0-9_.-; it becomes /var/lib/NAME\n"
		"t.tab:3:14: 'a:1M:x': not of the form NAME[:SIZE] with a NAME of a-z0-9 then a-z0-9_.-; it becomes /var/lib/NAME\n"},
	{"state_parts",
		A "state = a:1:2:3\n",
		"t.tab:3:9: 'a:1:2:3': more than three parts\n"},
	{"state_size",
		A "state = a:1Q b:100 c?\n",
		"t.tab:3:9: 'a:1Q': not a size; write 64K, 32M or 1G\n"
		"t.tab:3:14: 'b:100': a size of less than 4K\n"
		"t.tab:3:20: 'c?': '?' is for a size that cannot be held; remove it\n"},
	{"state_twice",
		A "state = x\n[b]\nrun = /b\nstate = x\n[c]\nrun = /c\nstate = x\n",
		"t.tab:6:9: state 'x' belongs to 'a' too; choose another name, or let one offer what the other uses\n"
		"t.tab:9:9: state 'x' belongs to 'a' too; choose another name, or let one offer what the other uses\n"},
	{"state_twice_in_one",
		A "state = x x\n",
		"t.tab:3:11: 'x': covers '/var/lib/x', which stands before it; remove one, or change their order\n"},
	{"state_host_user",
		A "state = x:1M y\nhost = user\n",
		"t.tab:3:1: 'state' with a size and 'host = user': its size could not be held; remove one of the two\n"},
	{"credential_form",
		A "credential = a /etc/x .a:/x b:/c:/d a/b:/x\n",
		"t.tab:3:14: 'a': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"
		"t.tab:3:16: '/etc/x': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"
		"t.tab:3:23: '.a:/x': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"
		"t.tab:3:29: 'b:/c:/d': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"
		"t.tab:3:37: 'a/b:/x': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"},
	{"credential_path",
		A "credential = a:x b:/../x c:1:2:3 :/x\n",
		"t.tab:3:14: 'a:x': not an absolute path; begin it with '/'\n"
		"t.tab:3:18: 'b:/../x': '..' in a path; write where it leads\n"
		"t.tab:3:26: 'c:1:2:3': more than three parts\n"
		"t.tab:3:34: ':/x': not of the form NAME:FILE with a NAME of A-Za-z0-9_.- in at most 63 bytes\n"},
	{"credential_twice",
		A "credential = a:/x a:/y\n",
		"t.tab:3:19: 'a:/y': covers '/run/credentials/a', which stands before it; remove one, or change their order\n"},
	{"offer_form",
		A "offer = a A:/run/x a.b:/run/x c:1:2:3 d:run\n",
		"t.tab:3:9: 'a': not of the form NAME:/run/DIR with a NAME of a-z0-9 then a-z0-9_-\n"
		"t.tab:3:11: 'A:/run/x': not of the form NAME:/run/DIR with a NAME of a-z0-9 then a-z0-9_-\n"
		"t.tab:3:20: 'a.b:/run/x': not of the form NAME:/run/DIR with a NAME of a-z0-9 then a-z0-9_-\n"
		"t.tab:3:31: 'c:1:2:3': more than three parts\n"
		"t.tab:3:39: 'd:run': not an absolute path; begin it with '/'\n"},
	{"offer_place",
		A "offer = a:/tmp b:/run\n",
		"t.tab:3:9: 'a:/tmp': does not lie below /run\n"
		"t.tab:3:16: 'b:/run': does not lie below /run\n"},
	{"offer_twice",
		A "offer = b:/run/b a:/run/a a:/run/c\n",
		"t.tab:3:27: 'a' is offered twice; remove one\n"},
	{"use_form",
		A "use = a a. a.B b.c:1:2 c:1:2:3 d.e:x\n[b]\nrun = /b\noffer = c:/run/c\n"
		"[d]\nrun = /d\noffer = e:/run/e\n",
		"t.tab:3:7: 'a': not of the form SERVICE.NAME[:INSIDE]\n"
		"t.tab:3:9: 'a.': not of the form SERVICE.NAME[:INSIDE]\n"
		"t.tab:3:12: 'a.B': not of the form SERVICE.NAME[:INSIDE]\n"
		"t.tab:3:16: 'b.c:1:2': not of the form SERVICE.NAME[:INSIDE]\n"
		"t.tab:3:24: 'c:1:2:3': more than three parts\n"
		"t.tab:3:32: 'd.e:x': not an absolute path; begin it with '/'\n"},
	{"use_long",
		A "use = a" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.a\n",
		"t.tab:3:7: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': not of the form SERVICE.NAME[:INSIDE]\n"},
	{"use_unknown",
		A "use = brokr.x\n[broker]\nrun = /b\noffer = x:/run/x\n",
		"t.tab:3:7: unknown service 'brokr'; did you mean 'broker'?\n"},
	{"use_no_such_offer",
		A "use = broker.sock broker.x\n"
		"[broker]\nrun = /b\ntmpfs = /t\noffer = x:/run/x sok:/run/s "
		"other:/run/o\n",
		"t.tab:3:7: 'broker' offers no 'sock'; did you mean 'sok'?\n"},
	{"use_no_offer",
		A "use = broker.sock\n[broker]\nrun = /b\ntmpfs = /t\n",
		"t.tab:3:7: 'broker' offers nothing; write 'offer = sock:/run/DIR' there\n"},
	{"use_itself",
		A "offer = x:/run/x\nuse = a.x\n",
		"t.tab:4:7: 'a' cannot be its own 'use'; remove it\n"},
	{"without_compartment",
		A "isolation = none\nstate = x\ncredential = y:/y\noffer = z:/run/z\nuse = b.c\n"
		"[b]\nrun = /b\noffer = c:/run/c\n",
		"t.tab:4:1: 'state' with 'isolation = none': there is no compartment; remove one of the two\n"
		"t.tab:5:1: 'credential' with 'isolation = none': there is no compartment; remove one of the two\n"
		"t.tab:6:1: 'offer' with 'isolation = none': there is no compartment; remove one of the two\n"
		"t.tab:7:1: 'use' with 'isolation = none': there is no compartment; remove one of the two\n"},
	{"host_files",
		A "host = mnt\nstate = x\n",
		"t.tab:4:1: 'state' with 'host = mnt': it would change the host's files; remove one of the two\n"},
	{"mount_path",
		A "[mount data]\n[mount /]\n[mount /a/../b]\n[mount /proc/x]\n",
		"t.tab:3:8: 'data': not an absolute path; begin it with '/'\n"
		"t.tab:4:8: '/': cannot cover the whole root\n"
		"t.tab:5:8: '/a/../b': '..' in a path; write where it leads\n"
		"t.tab:6:8: '/proc/x': nothing can stand in /proc and /sys, which the kernel fills\n"},
	{"mount_twice",
		A "[mount /data]\ntype = tmpfs\n[mount /data/]\ntype = tmpfs\n",
		"t.tab:5:8: a second [mount /data]; put the two together\n"},
	{"mount_device",
		A "[mount /a]\ndevice = vda\n[mount /b]\ndevice = LABEL=\n[mount /c]\ndevice = LABEL=a/b\n"
		"[mount /d]\ndevice = UUID=xyz\n[mount /e]\ndevice = LABEL=a b\n[mount /f]\ndevice = UUID=\n"
		"[mount /g]\ndevice = UUID=0123456789012345678901234567890123456\n[mount /h]\ndevice = /a /b\n",
		"t.tab:4:10: 'vda': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:6:10: 'LABEL=': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:8:10: 'LABEL=a/b': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:10:10: 'UUID=xyz': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:12:10: 'LABEL=a': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:14:10: 'UUID=': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:16:10: 'UUID=0123456789012345678901234567890123456': not a device; write /PATH | LABEL=NAME | UUID=ID | PARTLABEL=NAME\n"
		"t.tab:18:13: '/b': 'device' is one path\n"},
	{"mount_type",
		A "[mount /a]\ndevice = /a\ntype = ext4 xfs\n[mount /b]\ndevice = /a\ntype = /x\n",
		"t.tab:5:8: 'ext4': not one type of file system, such as ext4\n"
		"t.tab:8:8: '/x': not one type of file system, such as ext4\n"},
	{"mount_key",
		A "[mount /a]\nfsk = preen\n",
		"t.tab:3:8: '/a': no 'device'; name it, or write 'type = tmpfs'\n"
		"t.tab:4:1: unknown key 'fsk'; did you mean 'fsck'?\n"},
	{"mount_fsck",
		A "[mount /a]\ndevice = /a\nfsck = pren\n[mount /b]\ndevice = /a\noptions = ro\nfsck = preen\n"
		"[mount /c]\ntype = tmpfs\nfsck = preen\n[mount /d]\ntype = tmpfs\nfsck = no\n",
		"t.tab:5:8: 'pren': not a value of 'fsck'; did you mean 'preen'?\n"
		"t.tab:9:1: 'fsck' with 'ro': what is mounted read-only is not checked, since that writes; remove one of the two\n"
		"t.tab:12:1: 'fsck' without 'device': there is nothing to check; remove it\n"},
	{"mount_make",
		A "[mount /a]\ndevice = /a\ntype = vfat\nmake-if-empty = yes\n"
		"[mount /b]\ndevice = LABEL=data\nmake-if-empty = yes\n[mount /c]\ndevice = UUID=01\nmake-if-empty = yes\n"
		"[mount /d]\ndevice = /a\noptions = ro\nmake-if-empty = yes\n[mount /e]\ndevice = /a\nmake-if-empty = no\n",
		"t.tab:6:1: 'make-if-empty' makes ext4 only; write 'type = ext4', or remove it\n"
		"t.tab:9:1: 'make-if-empty' with 'LABEL=data': an empty device has no such name; name it by /PATH or PARTLABEL=NAME\n"
		"t.tab:12:1: 'make-if-empty' with 'UUID=01': an empty device has no such name; name it by /PATH or PARTLABEL=NAME\n"
		"t.tab:16:1: 'make-if-empty' with 'ro': it would stay empty; remove one of the two\n"},
};

/* clang-format on */

static void says_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct built b;

		build_text(&b, rows[i].text);
		if (strcmp(faults_of(&b), rows[i].faults) != 0)
			print_error("in row %s\n", rows[i].name);
		assert_string_equal(faults_of(&b), rows[i].faults);
		drop_built(&b);
	}
}

/* 1,000 bytes are an option's most. */
static void too_many_options(void **state)
{
	char text[4096] = "[a]\nrun = /a\n[mount /a]\ntype = tmpfs\n";
	struct built b;

	(void)state;
	for (int i = 0; i < 21; i++)
		strcat(text,
			"options = "
			"0123456789012345678901234567890123456789012345678\n");
	build_text(&b, text);
	assert_string_equal(faults_of(&b),
		"t.tab:25:11: more than 1000 bytes of options\n");
	drop_built(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(too_many_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
