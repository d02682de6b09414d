/* The commands by name, and what they share. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *words;
	command_function *run;
} commands[] = {
	/* inside a compartment */
	{"facts", "[FILE]", show_facts},
	{"hold", "[TEXT]", hold},
	{"exit", "CODE [MS]", leave},
	{"die", "SIGNAL", die_by},
	{"ignore", "SIGNAL", ignore_signal},
	{"trap", "SIGNAL FILE", trap_signal},
	{"runs", "FILE EXIT-CODE [MS]", count_runs},
	{"note", "FILE", note_run},
	{"orphans", "COUNT [KEPT]", make_orphans},
	{"unwaited", "", leave_zombies},
	{"vfork", "", wait_for_child},
	{"reboot", "", call_reboot},
	{"print", "PATH", print_file},
	{"hold-init", "", hold_init},
	{"bomb", "[away]", fork_bomb},
	{"hog", "MIB", eat_memory},
	{"stuff", "pipes|sockets", stuff},
	{"spin", "[MS]", spin},
	{"kill-reaper", "", kill_reaper},
	{"open", "PATH r|w", try_open},
	{"read", "PATH", read_all},
	{"limit", "", raise_limit},
	{"flood", "LINES", flood},
	{"speak", "", speak},
	{"packets", "COUNT", send_packets},
	{"catch-udp", "PORT COUNT", catch_udp},
	{"tcp", "PORT ANSWER", serve_tcp},
	{"unix", "PATH ANSWER", serve_unix},
	{"names", "PORT ANSWER", serve_names},
	{"tell", "[FILE|- TEXT]...", tell_files},
	{"tell-fd", "FD FILE TEXT", tell_fd},
	{"after", "FILE PROGRAM [WORD]...", run_after},
	{"serve-given", "[MS]", serve_given},
	{"store-given", "FILE", store_given},
	{"asks", "NAME PORT ANSWER", keep_asking},
	{"spoof", "", try_spoof},
	{"ipc", "KEY QUEUE VALUE", keep_ipc},
	{"hoard", "KIND [CHILDREN]", hoard},
	{"user-space", "", make_user_space},
	{"spoil", "", spoil},
	{"escape", "all|some", escape},
	{"relink", "FOLDER TARGET", relink},
	{"terminal", "[spoil]", show_terminal},
	{"deeds", "", try_deeds},
	{"gain", "PROGRAM", try_gain},
	{"user", "", show_user},
	{"calls", "", try_calls},
	{"traced", "", be_traced},
	{"costs", "", show_costs},
	{"strict", "", try_strict},
	{"echo", "ADDRESS PORT", serve_echo},
	{"hold-port", "ADDRESS PORT", hold_port},
	{"attempts", "", make_attempts},
	{"who-am-i", "", who_am_i},
	{"shared", "VALUE", hold_shared},
	{"press", "KIND", press},
	{"deadlock", "FOLDER FILE", wait_for_itself},
	{"sip", "PATH", read_device},
	{"await", "PATH [read]", await_device},
	{"pty", "", open_pty},
	/* the judge's */
	{"can", "PATH r|w", can_open},
	{"flood-control", "COUNT FILE", flood_control},
	{"junk-control", "COUNT", send_junk},
	{"leave-control", "COUNT", ask_and_leave},
	{"time-control", "", time_control},
	{"toggle-control", "SERVICE COUNT", toggle_service},
	{"replace-init", "COUNT [PROGRAM]", replace_init},
	{"crash-init", "COUNT SERVICE", crash_init},
	{"derail-init", "COUNT SERVICE", derail_init},
	{"detain-control", "FILE", detain_control},
	{"reload-tables", "COUNT ONE OTHER", reload_tables},
	{"late-control", "FILE FILE", read_late},
	{"find", "SERVICE [SECONDS]", find_service},
	{"enter", "PID SPACE[,...] COMMAND...", enter_spaces},
	{"as", "UID COMMAND...", run_as},
	{"gone", "PID [SECONDS]", wait_gone},
	{"file", "PATH [SECONDS]", wait_file},
	{"zombies", "", count_zombies},
	{"same", "PID PID SPACE", same_space},
	{"spaces", "PID", show_spaces},
	{"ask-tcp", "PORT", ask_tcp},
	{"ask-name", "NAME PORT [6]", ask_name},
	{"links", "[PID]", print_links},
	{"is-link", "NAME", is_link},
	{"rules", "", print_rules},
	{"frames", "FROM-PID TO-PID OTHER-PID itself|other", send_frames},
	{"ask-unix", "PATH", ask_unix},
	{"call-tcp", "ADDRESS PORT TEXT", call_tcp},
	{"call-udp", "ADDRESS PORT TEXT [TRIES]", call_udp},
	{"call-often", "ADDRESS PORT COUNT", call_often},
	{"call-at-once", "ADDRESS PORT COUNT", call_at_once},
	{"call-bulk", "ADDRESS PORT BYTES", call_bulk},
	{"call-ping", "ADDRESS PORT COUNT", call_ping},
	{"call-stream", "ADDRESS PORT BYTES", call_stream},
	{"call-silent", "ADDRESS PORT COUNT", call_silent},
	{"ask", "KIND ADDRESS [PORT]", ask_given},
	{"ask-many", "CALLS CLIENTS PAUSE-MS KIND ADDRESS [PORT]", ask_many},
	{"see-ipc", "KEY QUEUE", see_ipc},
	{"all", "PREFIX COUNT SECONDS", look_at_all},
	{"drain", "", drain},
	{"fds", "PID", list_fds},
	{"signal", "PID SIGNAL", signal_pid},
	{"foreground", "", console_foreground},
	{"initctl", "RUNLEVEL", write_initctl},
	{"kexec", "KERNEL IMAGE", load_kernel},
	{"map", "DEVICE", map_device},
	{"grab", "KIND", grab},
	{"hang", "FOLDER", serve_hang},
	{"storm", "SECONDS", storm},
	{"manage", "", manage_groups},
	{"sched", "PID", show_sched},
	{"timed", "PRIORITY COMMAND...", time_command},
	{"host", "", show_host},
	{"inject", "NEIGHBOUR", inject_faults},
	{"measure", "SERVICE PAIRS", measure_beside},
};

void sleep_ms(long ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

long number(const char *word, long otherwise)
{
	return word ? strtol(word, NULL, 0) : otherwise;
}

static void put(const char *path, const char *format, va_list arguments)
{
	char temporary[256];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "we");
	if (!file) {
		fprintf(stderr, "probe: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	vfprintf(file, format, arguments);
	fclose(file);
	chmod(temporary, 0644);
	rename(temporary, path);
}

void put_file(const char *path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(path, format, arguments);
	va_end(arguments);
}

void say_done(const char *format, ...)
{
	const char *path = getenv("DONE");
	va_list arguments;

	va_start(arguments, format);
	put(path ? path : "/tmp/done", format, arguments);
	va_end(arguments);
}

const char *slurp(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t got = 0;

	while (fd >= 0 && at < size - 1 &&
		(got = read(fd, to + at, size - 1 - at)) > 0)
		at += (size_t)got;
	to[at] = '\0';
	if (fd >= 0)
		close(fd);
	return to;
}

int main(int count, char **words)
{
	size_t known = sizeof(commands) / sizeof(*commands);

	for (size_t i = 0; count > 1 && i < known; i++)
		if (strcmp(words[1], commands[i].name) == 0)
			return commands[i].run(words + 2);
	for (size_t i = 0; i < known; i++)
		fprintf(stderr, "probe %s %s\n", commands[i].name,
			commands[i].words);
	return 2;
}
