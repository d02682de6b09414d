/* What services keep and share, and the file systems of the host. */
#include "fixture.h"

#include <sys/mount.h>

static void what_a_service_keeps(void **state)
{
	static const struct mount_entry expected[] = {
		{.kind = MOUNT_STATE},
		{.kind = MOUNT_STATE, .size = 64 << 20},
		{.kind = MOUNT_STATE, .size = 4096, .optional = 1},
		{.kind = MOUNT_CREDENTIAL},
		{.kind = MOUNT_CREDENTIAL, .optional = 1},
		{.kind = MOUNT_OFFER, .size = 16 << 20},
		{.kind = MOUNT_BIND, .mapped = 1},
		{.kind = MOUNT_BIND_RO, .mapped = 1, .optional = 1},
	};
	static const char *const paths[] = {"a", "/var/lib/a", "b.c",
		"/var/lib/b.c", "d", "/var/lib/d", "/etc/key",
		"/run/credentials/key", "/etc/cert",
		"/run/credentials/Cert_1.pem", "/run/bulkhead/offer/a@1.x/sock",
		"/run/mine", "/x", "/y", "/v", "/w"};
	const struct mount_entry *mounts;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[template a@]\nrun = /a\nstate = a b.c:64M d:4K?\n"
		"credential = key:/etc/key Cert_1.pem:/etc/cert?\n"
		"offer = sock:/run/mine\nbind = /x:/y:idmap\n"
		"bind-ro = /v:/w:idmap?\n[a@1.x]\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "a@1.x");
	mounts = table_pointer(b.table, s->mounts.at);
	assert_int_equal(s->mounts.count, 8);
	for (uint32_t i = 0; i < s->mounts.count; i++) {
		assert_int_equal(mounts[i].kind, expected[i].kind);
		assert_int_equal(mounts[i].size, expected[i].size);
		assert_int_equal(mounts[i].optional, expected[i].optional);
		assert_int_equal(mounts[i].mapped, expected[i].mapped);
		assert_string_equal(
			string_of(&b, mounts[i].host), paths[2 * i]);
		assert_string_equal(
			string_of(&b, mounts[i].inside), paths[2 * i + 1]);
	}
	assert_ptr_equal(table_service(b.table, mounts[5].owner), s);
	assert_non_null(strstr(joined_words(&b, s->env),
		"CREDENTIALS_DIRECTORY=/run/credentials"));
	drop_built(&b);
}

static void what_it_uses_of_others(void **state)
{
	const struct mount_entry *mounts;
	const struct service *s;
	struct built b;

	(void)state;
	build_text(&b,
		"[user]\nrun = /a\nuse = own.er@1.x-y own.er@1.z:/o\n"
		"[template own.er@]\nrun = /a\n"
		"offer = x-y:/run/one z:/run/two/three\n[own.er@1]\n");
	assert_string_equal(faults_of(&b), "");
	s = service_of(&b, "user");
	assert_string_equal(
		edges_text(&b, s->waits), "own.er@1:wants mounts:needs");
	mounts = table_pointer(b.table, s->mounts.at);
	assert_int_equal(s->mounts.count, 2);
	assert_int_equal(mounts[0].kind, MOUNT_USE);
	assert_string_equal(string_of(&b, mounts[0].host),
		"/run/bulkhead/offer/own.er@1/x-y");
	assert_string_equal(
		string_of(&b, mounts[0].inside), "/run/own.er@1.x-y");
	assert_string_equal(string_of(&b, mounts[1].inside), "/o");
	assert_ptr_equal(table_service(b.table, mounts[1].owner),
		service_of(&b, "own.er@1"));
	drop_built(&b);
}

static void file_systems(void **state)
{
	const struct file_system *all;
	struct built b;

	(void)state;
	build_text(&b,
		"[system]\ndata = /data/x\n"
		"[mount /data/x/]\ndevice = UUID=0123-abCD\ntype = vfat\n"
		"options = ro,noexec uid=5 gid=6,,dev\n"
		"options = suid noatime rw\n"
		"[mount /data]\ndevice = LABEL=a\n"
		"[mount /e]\ntype = tmpfs\n"
		"[mount /f]\ndevice = PARTLABEL=b?\nmake-if-empty = yes\n"
		"[mount /g]\ndevice = /dev//vda?\nfsck = preen\n"
		"[mount /h]\n"
		"[a]\nrun = /a\n");
	assert_string_equal(faults_of(&b),
		"t.tab:18:8: '/h': no 'device'; name it, or write 'type = "
		"tmpfs'\n");
	assert_string_equal(string_of(&b, b.table->system.data), "/data/x");
	assert_int_equal(b.table->file_systems.count, 6);
	all = table_pointer(b.table, b.table->file_systems.at);
	assert_string_equal(string_of(&b, all[0].path), "/data");
	assert_string_equal(string_of(&b, all[0].device), "LABEL=a");
	assert_string_equal(string_of(&b, all[0].type), "ext4");
	assert_int_equal(all[0].flags, MS_NOSUID | MS_NODEV);
	assert_int_equal(all[0].options, 0);
	assert_int_equal(all[0].line, 8);
	assert_string_equal(string_of(&b, all[1].path), "/data/x");
	assert_string_equal(string_of(&b, all[1].type), "vfat");
	assert_string_equal(string_of(&b, all[1].options), "uid=5,gid=6");
	assert_int_equal(all[1].flags, MS_NOEXEC | MS_NOATIME);
	assert_string_equal(string_of(&b, all[2].type), "tmpfs");
	assert_int_equal(all[2].device, 0);
	assert_false(all[0].optional || all[0].make_if_empty);
	assert_int_equal(all[0].fsck, FSCK_PREEN);
	assert_false(all[0].fsck_wanted);
	assert_string_equal(string_of(&b, all[3].device), "PARTLABEL=b");
	assert_true(all[3].optional && all[3].make_if_empty);
	assert_string_equal(string_of(&b, all[4].device), "/dev/vda");
	assert_true(all[4].optional && all[4].fsck_wanted);
	assert_string_equal(string_of(&b, all[5].path), "/h");
	assert_int_equal(all[5].type, 0);
	assert_string_equal(edges_text(&b, service_of(&b, "mounts")->waits),
		"modules:wants");
	assert_string_equal(
		edges_text(&b, service_of(&b, "modules")->waits), "");
	drop_built(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_service_keeps),
		cmocka_unit_test(what_it_uses_of_others),
		cmocka_unit_test(file_systems)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
