/* The tool. It is reboot, poweroff, halt, shutdown and telinit as well where it
 * is called by these names.
 */
#include "svc/svc.h"

static const struct verb verbs[] = {
	{"status", "[-ar] [--json] [--names] [NAME...]",
		"show services; -a: those of init too; -r: what they use",
		status_run, CONTROL_STATUS, VERB},
	{"why", "[--json] NAME", "tell what holds a service", why_run,
		CONTROL_STATUS, VERB},
	{"start", "NAME...", "start services, and wait until they are up",
		names_run, CONTROL_START, VERB},
	{"stop", "NAME...", "stop services, and wait until they are down",
		names_run, CONTROL_STOP, VERB},
	{"restart", "NAME...", "stop and start services", names_run,
		CONTROL_RESTART, VERB},
	{"kill", "NAME [SIGNAL]", "send a service's program a signal (TERM)",
		kill_run, CONTROL_KILL, VERB},
	{"freeze", "NAME...", "stop services where they are, clocks and all",
		names_run, CONTROL_FREEZE, VERB},
	{"thaw", "NAME...", "let frozen services go on", names_run,
		CONTROL_THAW, VERB},
	{"log", "[-f] [--since TIME] [-n COUNT] [--json | --raw] NAME...",
		"print what services, or init, said last; -f: and what comes",
		log_run, CONTROL_LOG, VERB},
	{"enter", "[-r] NAME [COMMAND...]",
		"run a command, or a shell, inside; -r: as root of the inside",
		enter_run, CONTROL_STATUS, VERB},
	{"events", "[--json] [NAME...]", "show changes as they happen",
		events_run, CONTROL_EVENTS, VERB},
	{"top", "[--json]", "show who uses how much", top_run, CONTROL_STATUS,
		VERB},
	{"graph", "[-a] [--svg] [--json]",
		"print who waits for whom, for Graphviz or as an image",
		loader_run, CONTROL_TABLE, VERB},
	{"bootchart", "[--json]", "print how the boot went, as an image",
		loader_run, CONTROL_TABLE, VERB},
	{"reload", "NAME...", "have services read their settings anew",
		names_run, CONTROL_RELOAD, VERB},
	{"reload-table", "[--json]",
		"read the table anew; what it says the same of runs on",
		reload_table_run, CONTROL_RELOAD_TABLE, VERB},
	{"reexec", "[PROGRAM]",
		"have another init take over, or that which is installed",
		order_run, CONTROL_REEXEC, VERB},
	{"reboot", "[-fn] [ARGUMENT]",
		"stop everything and reboot; -f: at once", end_run,
		CONTROL_REBOOT, VERB_AND_LINK},
	{"poweroff", "[-fn]", "stop everything and turn the machine off",
		end_run, CONTROL_POWEROFF, VERB_AND_LINK},
	{"halt", "[-fnp]", "stop everything and halt", end_run, CONTROL_HALT,
		VERB_AND_LINK},
	{"check", "[--json] [--root DIR] TABLE...",
		"tell the faults of service tables", loader_run, CONTROL_OPS,
		VERB},
	{"explain", "[--json] [--root DIR] NAME [TABLE...]",
		"print all that a service gets, defaults included", loader_run,
		CONTROL_OPS, VERB},
	{"security", "[--json] [--root DIR] [TABLE...]",
		"print what each service could reach", loader_run, CONTROL_OPS,
		VERB},
	{"seccomp-trace", "[-r] [--json] NAME [SECONDS]",
		"print a policy of the calls that a service makes; -r: from a "
		"new start on",
		loader_run, CONTROL_OPS, VERB},
	{"telinit", "0 | 6 | q", "power off, reboot, or read the table anew",
		telinit_run, CONTROL_OPS, LINK},
	{"shutdown", "[-rhHPk] [now | +MINUTES | HH:MM]",
		"end the machine, then or now", shutdown_run, CONTROL_OPS,
		LINK},
	{"completion", "bash | zsh", "print what makes a shell complete these",
		completion_run, CONTROL_OPS, VERB},
	{"help", "[--json]", "print this", help_run, CONTROL_OPS, VERB},
};

int main(int argc, char **argv)
{
	static const struct tool tool = {verbs, sizeof(verbs) / sizeof(*verbs)};

	(void)argc;
	return tool_run(&tool, argv);
}
