/* The keeper of a service with `listen` or `fd-store`: its steps, from clone3
 * to its loop. What they do is in the builder's program (builder/keeper.c).
 */
#include "sandbox/build.h"

#define STEPS "sandbox/keeper.def"
#include "sandbox/steps.h"

const struct steps keeper_list = {
	rows, sizeof(rows) / sizeof(*rows), texts.all};
