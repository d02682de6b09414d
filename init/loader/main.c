/* The loader: what init executes to have its table read, and svc for what needs
 * the parser. It answers as svc, in whose place it stands.
 */
#include "loader/loader.h"

static const struct verb verbs[] = {
	{"check", "[--json] [--root DIR] TABLE...",
		"tell the faults of service tables", check_run, CONTROL_OPS,
		VERB},
	{"explain", "[--json] [--root DIR] NAME [TABLE...]",
		"print all that a service gets, defaults included", explain_run,
		CONTROL_OPS, VERB},
	{"security", "[--json] [--root DIR] [TABLE...]",
		"print what each service could reach", security_run,
		CONTROL_OPS, VERB},
	{"seccomp-trace", "[-r] [--json] NAME [SECONDS]",
		"print a policy of the calls that a service makes; -r: from a "
		"new start on",
		trace_run, CONTROL_OPS, VERB},
	{"graph", "[-a] [--svg] [--json]",
		"print who waits for whom, for Graphviz or as an image",
		graph_run, CONTROL_TABLE, VERB},
	{"bootchart", "[--json]", "print how the boot went, as an image",
		chart_run, CONTROL_TABLE, VERB},
	{"load", "", "read the machine's table; init calls this", load_run,
		CONTROL_OPS, VERB},
	{"help", "[--json]", "print this", help_run, CONTROL_OPS, VERB},
};

int main(int argc, char **argv)
{
	static const struct tool tool = {verbs, sizeof(verbs) / sizeof(*verbs)};

	(void)argc;
	return tool_run(&tool, argv);
}
