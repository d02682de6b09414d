/* The program that the boot tests run in the guest, as a service inside a
 * compartment and as the judge's hand outside. One command a function; the
 * lists of them are in probe.c.
 */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>
#include <sys/types.h>

/* A command gets its words, NULL at the end, and returns an exit code: 0 yes,
 * 1 no, 2 it could not be found out. */
typedef int command_function(char **words);

command_function show_facts, show_spaces;
command_function hold, note_run, leave, die_by, ignore_signal, trap_signal,
	count_runs;
command_function make_orphans, fork_bomb, eat_memory, spin, kill_reaper;
command_function try_open, read_all, raise_limit, flood, print_file;
command_function tell_files, tell_fd, run_after, hold_init;
command_function speak, send_packets, catch_udp;
command_function serve_tcp, serve_unix, ask_tcp, ask_unix, keep_ipc, see_ipc;
command_function find_service, enter_spaces, wait_gone, wait_file,
	count_zombies;
command_function same_space, drain, look_at_all, run_as, list_fds, signal_pid,
	console_foreground, write_initctl;
command_function hoard, make_user_space, spoil, escape, relink, show_terminal;
command_function try_deeds, try_gain, show_user, try_calls, show_costs,
	try_strict, be_traced;
command_function grab, serve_hang, storm;
command_function print_links, serve_names, ask_name, keep_asking, send_frames,
	try_spoof, print_rules, is_link;
command_function serve_echo, call_tcp, call_udp, call_often, call_at_once,
	call_bulk, call_ping, call_stream, call_silent, hold_port;
command_function make_attempts, who_am_i, hold_shared, show_host, press,
	measure_beside, inject_faults;
command_function can_open, open_pty, await_device, read_device;
command_function flood_control, send_junk, ask_and_leave, time_control,
	toggle_service, reload_tables, read_late, detain_control;
command_function serve_given, store_given, ask_given, ask_many;
command_function replace_init, crash_init, derail_init;
command_function show_sched, time_command, manage_groups, stuff;
command_function leave_zombies, wait_for_child, call_reboot;
command_function load_kernel, map_device, wait_for_itself;

/* The program and the reaper of a service (pids on the host) and its group. */
struct found {
	long program;
	long reaper;
	char group[512];
};

bool look_for(struct found *found, const char *service);

/* Says it to the service manager, as sd_notify(3). */
void notify(const char *text);

/* Asks a listening socket and keeps the answer's line. */
bool ask_path(const char *path, char *answer, size_t size);

/* Writes text to a file, made anew; what was written is whole when the file
 * has its name. */
void put_file(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Tells the judge that a service has done what it is for: $DONE, or /tmp/done.
 */
void say_done(const char *format, ...) __attribute__((format(printf, 1, 2)));
long number(const char *word, long otherwise);
void sleep_ms(long ms);
double now(void);
/* Reads a whole file; "" where it cannot. */
const char *slurp(const char *path, char *to, size_t size);

#endif
