/* svc log: what the ring of a service, or of init, holds. */
#include "log/ring.h"

#include "svc/client.h"
#include "svc/out.h"
#include "svc/svc.h"
#include "svc/words.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PART ((size_t)512)
#define CHARACTER_MOST 4U

/* At most PART bytes; a character that crosses that end is left. */
static size_t part_length(const char *bytes, size_t count)
{
	size_t length = PART;

	if (count <= PART)
		return count;
	while (length > PART - CHARACTER_MOST &&
		((unsigned char)bytes[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* A terminal obeys control bytes, and wants its prompt on a line of its own. */
static void show(const char *bytes, size_t count)
{
	char part[PART * WORDS_ESCAPED];
	char last = '\n';

	while (count) {
		size_t step = part_length(bytes, count);

		out_bytes(part, words_escape(part, bytes, step));
		last = bytes[step - 1];
		bytes += step;
		count -= step;
	}
	if (last != '\n')
		out("\n");
}

/* Takes all of it in one look, so that what is shown hangs together. */
static int print(const char *name, const struct ring *ring)
{
	size_t size = ring->size;
	uint64_t from = 0;
	size_t count;
	char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED) {
		complain("%s: its log: %s", name, strerror(errno));
		return SVC_FAILED;
	}
	count = ring_read(ring, &from, bytes, size);
	if (isatty(STDOUT_FILENO))
		show(bytes, count);
	else
		out_bytes(bytes, count);
	munmap(bytes, size);
	return SVC_DONE;
}

int log_run(const struct verb *verb, char **operands)
{
	const struct question question = {CONTROL_LOG, operands[0], 0};
	const struct ring *ring;
	struct client client;
	int code = SVC_FAILED;

	if (!operands[0])
		return usage(verb, "no name of a service");
	if (*operands[0] == '-')
		return usage_option(verb, operands[0]);
	if (operands[1])
		return usage(verb, "'%.64s' is too much", operands[1]);
	if (!client_ask(&client, &question))
		return SVC_FAILED;
	ring = ring_map_read(client.fd);
	if (ring) {
		code = print(operands[0], ring);
		ring_unmap(ring);
	} else {
		complain("%s: its log is not one that this svc can read; take "
			 "svc and init from one build",
			operands[0]);
	}
	client_close(&client);
	return code;
}
