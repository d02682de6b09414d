/* Asking init: see client.h. */
#include "svc/client.h"

#include "base/text.h"
#include "load/load.h"
#include "plan/machine.h"
#include "svc/guess.h"
#include "svc/out.h"
#include "svc/words.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_SECONDS 15U /* for all but what init itself waits for */
#define BUSY_TRIES 60U
#define BUSY_PAUSE_NS 100000000L

static bool may_last(enum control_op op)
{
	return op == CONTROL_START || op == CONTROL_STOP ||
		op == CONTROL_RESTART || op == CONTROL_EVENTS ||
		op == CONTROL_RELOAD_TABLE;
}

static bool tell_errno(int error)
{
	bool absent = error == ENOENT || error == ECONNREFUSED;

	if (error == EAGAIN)
		complain("%s: no answer for %u s; to reboot without init, use "
			 "'svc reboot -f'",
			CONTROL_PATH, ANSWER_SECONDS);
	else
		complain("%s: %s%s", CONTROL_PATH, strerror(error),
			absent ? "; bulkhead's init does not run here, or this "
				 "is inside a compartment"
			       : "");
	return false;
}

/* A connected socket, or -errno. */
static int connect_init(enum control_op op)
{
	const struct sockaddr_un address = {AF_UNIX, CONTROL_PATH};
	struct timeval patience = {.tv_sec = ANSWER_SECONDS};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	if (!may_last(op))
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}

/* The descriptor that came with a reply, or -1. */
static int take_descriptor(struct msghdr *message)
{
	const struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (head && head->cmsg_level == SOL_SOCKET &&
		head->cmsg_type == SCM_RIGHTS &&
		head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(head), sizeof(int));
	return fd;
}

/* A socket that init closed over an unread request says ECONNRESET once, and
 * holds the reply all the same. */
static ssize_t receive(int fd, struct msghdr *message)
{
	ssize_t size;
	unsigned resets = 0;

	do {
		size = recvmsg(fd, message, MSG_CMSG_CLOEXEC);
	} while (size < 0 &&
		(errno == EINTR || (errno == ECONNRESET && !resets++)));
	return size;
}

/* Waits for a reply. 0, or -errno; EPROTO: that was none. */
static int read_reply(struct client *client)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int))];
	struct control_reply *reply = &client->reply;
	struct iovec part = {reply, sizeof(*reply)};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room)};
	ssize_t size = receive(client->socket, &message);

	if (size < 0)
		return -errno;
	if (size == 0)
		return -ECONNRESET;
	client->fd = take_descriptor(&message);
	if (size != sizeof(*reply) || message.msg_flags & MSG_TRUNC ||
		reply->magic != CONTROL_MAGIC ||
		reply->version != CONTROL_VERSION)
		return -EPROTO;
	reply->name[sizeof(reply->name) - 1] = '\0';
	reply->text[sizeof(reply->text) - 1] = '\0';
	return 0;
}

static bool get_reply(struct client *client)
{
	int error = read_reply(client);

	if (error == -EPROTO)
		complain("init answers in another version of the protocol; "
			 "take svc and init from one build");
	else if (error)
		tell_errno(-error);
	if (error)
		client_close(client);
	return !error;
}

/* Sends a request and gets the first reply. False: told why not. */
static bool exchange(struct client *client, const struct question *question)
{
	struct control_request request = {.magic = CONTROL_MAGIC,
		.version = CONTROL_VERSION,
		.op = (uint16_t)question->op,
		.argument = question->argument};
	ssize_t sent;

	text_compose(request.name, sizeof(request.name), "%s", question->name);
	client->fd = -1;
	client->socket = connect_init(question->op);
	if (client->socket < 0)
		return tell_errno(-client->socket);
	sent = send(client->socket, &request, sizeof(request), MSG_NOSIGNAL);
	/* Where init closed at once, its reply tells why. */
	if (sent < 0 && errno != EPIPE && errno != ECONNRESET) {
		tell_errno(errno);
		client_close(client);
		return false;
	}
	return get_reply(client);
}

/* With a table that is refused come its faults, in the place where they are in
 * any. */
static void tell_faults(int fd)
{
	const struct table *table = fd < 0 ? NULL : load_map(fd);

	if (table && table->fault_count)
		complain_bytes(table_pointer(table, table->faults),
			table->faults_size);
}

static void tell_refusal(
	const struct control_reply *reply, const struct question *question)
{
	char message[sizeof(reply->text) + WORDS_ENDED_SIZE];
	size_t used = words_message(message, sizeof(message), reply);

	if (!used && reply->result == CONTROL_FAILED)
		text_compose(message, sizeof(message), "it is %s",
			state_text(reply->state));
	if (reply->result == CONTROL_FAILED && *question->name)
		complain("%s: %s", question->name, message);
	else
		complain("%s", message);
}

/* Asks for all names, where init tells them. */
static void find_nearest(struct guess *guess)
{
	const struct question question = {CONTROL_STATUS, "", 0};
	struct client client;
	bool goes_on = exchange(&client, &question);

	while (goes_on && client.reply.result == CONTROL_DONE) {
		guess_take(guess, client.reply.name);
		goes_on = client.reply.more && get_reply(&client);
	}
	client_close(&client);
}

static void tell_unknown(const struct client *client, const char *name)
{
	struct guess guess;

	guess_begin(&guess, name);
	find_nearest(&guess);
	if (*guess.nearest)
		complain("unknown service '%.64s'; did you mean '%s'?", name,
			guess.nearest);
	else
		complain("%s", client->reply.text);
}

bool client_ask(struct client *client, const struct question *question)
{
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};

	if (strlen(question->name) >= CONTROL_NAME_SIZE) {
		complain("'%.64s...': longer than a service's name can be",
			question->name);
		return false;
	}
	for (unsigned i = 0; i < BUSY_TRIES; i++) {
		if (!exchange(client, question))
			return false;
		if (client->reply.result != CONTROL_BUSY)
			break;
		client_close(client);
		nanosleep(&pause, NULL);
	}
	if (client->reply.result == CONTROL_DONE)
		return true;
	tell_faults(client->fd);
	if (client->reply.result == CONTROL_UNKNOWN)
		tell_unknown(client, question->name);
	else
		tell_refusal(&client->reply, question);
	client_close(client);
	return false;
}

bool client_next(struct client *client, bool *whole)
{
	*whole = !client->reply.more;
	return !*whole && get_reply(client);
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	if (client->socket >= 0)
		close(client->socket);
	client->fd = -1;
	client->socket = -1;
}
