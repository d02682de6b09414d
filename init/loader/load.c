/* load: what init executes the loader for at boot. It gets the memfd for the
 * table as LOAD_FD, and finds the table's files as the kernel's command line
 * says.
 */
#include "loader/loader.h"
#include "loader/source.h"
#include "svc/out.h"

#include <fcntl.h>
#include <string.h>

/* Only a memfd has seals. */
static bool is_called_by_init(void)
{
	return fcntl(LOAD_FD, F_GET_SEALS) == 0;
}

static const struct table *find_before(void)
{
	const struct table *before = load_map(LOAD_BEFORE);

	return before ? before : load_fallback();
}

int load_run(const struct verb *verb, char **operands)
{
	static struct source source;
	int error;

	bool again = *operands && strcmp(*operands, LOAD_AGAIN) == 0;

	if (operands[again])
		return usage(verb, "'%.64s' is too much", operands[again]);
	if (!is_called_by_init()) {
		complain("load: only init calls this; to look for faults use "
			 "'svc check'");
		return SVC_FAILED;
	}
	source_machine(&source);
	if (again)
		source.request.before = find_before();
	error = load_table(LOAD_FD, &source.request);
	if (!error)
		return SVC_DONE;
	complain("load: making the table: %s", strerror(-error));
	return SVC_FAILED;
}
