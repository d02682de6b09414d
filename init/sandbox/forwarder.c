/* The forwarder of a service that publishes ports: its steps, from clone3 to
 * its loop. What they do is in the builder's program (builder/forwarder.c).
 */
#include "sandbox/build.h"

#define STEPS "sandbox/forwarder.def"
#include "sandbox/steps.h"

const struct steps forwarder_list = {
	rows, sizeof(rows) / sizeof(*rows), texts.all};
