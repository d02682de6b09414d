/* The control server: see control.h. It owns the socket and the places of its
 * clients; what is answered is composed in answer.c.
 *
 * A place goes from asking (the request has not come) to listing (replies are
 * sent as the client takes them), waiting (for supervise/) or streaming (what
 * happens), and is free again with the last reply, when the client leaves, or
 * when it is too slow. Whoever waits or streams is not slow, so some places are
 * kept for those who will not; and where all are taken, who asks nothing makes
 * room for the next one.
 */
#include "control/control.h"

#include "base/clock.h"
#include "base/hurry.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/packet.h"
#include "base/text.h"
#include "control/answer.h"
#include "control/request.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 32
#define WAITERS_MOST (CONTROL_CLIENTS - 16U)
#define STREAMS_MOST 8U
#define STREAM_BYTES (32 << 10) /* in the kernel, of what was not read */
#define OTHERS_MOST 4U /* of a user that is not root */
#define GROUPS_MOST 256U /* that a user is looked for in */
#define REPLIES_A_TURN 32U
#define SLOW_MS (CONTROL_SECONDS * (uint64_t)1000)
#define PAUSE_MS 200U /* where there is no descriptor for a newcomer */
#define CONTROL_WHY_SIZE 160U
#define GONE (EPOLLHUP | EPOLLRDHUP | EPOLLERR)

enum phase {
	PHASE_FREE,
	PHASE_ASKING,
	PHASE_LISTING,
	PHASE_WAITING,
	PHASE_STREAMING
};

struct client {
	enum phase phase;
	int fd;
	uid_t uid;
	uint32_t service; /* that it is part of; CONTROL_NOBODY: the host's */
	uint32_t rights; /* CONTROL_BITs */
	bool is_full; /* PHASE_STREAMING: it must take something first */
	struct dialog dialog;
	uint64_t deadline_ms; /* PHASE_ASKING, PHASE_LISTING */
};

/* Listener 0 is the host's; who comes by one of the others is its service. */
struct own {
	int fd;
	uint32_t service;
};

enum wish {
	WISH_NONE,
	WISH_SAID,
	WISH_TAKEN, /* main sees to it */
	WISH_OVER /* why: "" when it has come about */
};

static struct server {
	int listener; /* 0: none */
	struct own own[CONTROL_SERVICES];
	uint32_t own_count;
	bool paused;
	uint64_t pause_end_ms;
	enum wish reexec;
	char program[CONTROL_NAME_SIZE];
	char why[CONTROL_WHY_SIZE];
} server;

static LAST struct client clients[CONTROL_CLIENTS];

/* --- the socket ----------------------------------------------------------- */

static int bind_path(int fd, const char *folder, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	text_compose(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	/* Anyone may connect: who it is decides, not the file's mode. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

/* A socket that listens and is watched, or -errno. */
static int open_listener(
	const char *folder, const char *path, uint32_t listener)
{
	int fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = bind_path(fd, folder, path);
	if (!error)
		error = loop_add(fd, EPOLLIN, LOOP_CONTROL, listener);
	if (!error)
		return fd;
	close(fd);
	return error;
}

int control_open(void)
{
	int fd = open_listener(CONTROL_FOLDER, CONTROL_PATH, 0);

	if (fd < 0)
		return fd;
	if (server.listener > 0) {
		loop_remove(server.listener);
		close(server.listener);
	}
	server.listener = fd;
	server.paused = false;
	return 0;
}

/* A service without it cannot be built, and says so. */
static void serve(const struct table *table, uint32_t service)
{
	uint32_t place = server.own_count;
	char path[sizeof(TABLE_CONTROLS) + TABLE_CONTROL_NAME + 2];
	int fd;

	if (place == CONTROL_SERVICES)
		return;
	text_compose(path, sizeof(path), TABLE_CONTROLS "/%s",
		table_string(table, table_service(table, service)->name));
	fd = open_listener(TABLE_CONTROLS, path, place + 1);
	if (fd < 0)
		return;
	server.own[place].fd = fd;
	server.own[place].service = service;
	server.own_count++;
}

/* Only builders come to their folder. */
void control_serve(const struct table *table)
{
	for (uint32_t i = 0; i < table->services.count; i++)
		if (table_service(table, i)->control)
			serve(table, i);
	if (server.own_count)
		chmod(TABLE_CONTROLS, 0700);
}

/* The listening socket stays readable while nobody can be accepted; watching
 * it would turn the loop for nothing. */
static void pause_accepting(bool paused)
{
	server.paused = paused;
	server.pause_end_ms = now_ms() + PAUSE_MS;
	loop_change(server.listener, paused ? 0 : EPOLLIN, LOOP_CONTROL, 0);
	for (uint32_t i = 0; i < server.own_count; i++)
		loop_change(server.own[i].fd, paused ? 0 : EPOLLIN,
			LOOP_CONTROL, i + 1);
}

/* --- replies -------------------------------------------------------------- */

/* Sends a reply, with a descriptor unless that is -1. 0, or -errno. */
static int send_reply(int fd, const struct control_reply *reply, int passed)
{
	return packet_send(fd, reply, sizeof(*reply), &passed, passed >= 0);
}

/* Closes a connection that gets no place. Its request is taken off the socket
 * unread: closing over it would take the reply away from the peer. */
static void turn_away(int fd, struct control_reply *reply)
{
	char byte;

	recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
	send_reply(fd, reply, -1);
	close(fd);
}

static void leave(struct client *client)
{
	loop_remove(client->fd);
	hurry(true);
	close(client->fd);
	hurry(false);
	client->fd = -1;
	client->phase = PHASE_FREE;
	if (server.paused)
		pause_accepting(false);
}

/* --- clients -------------------------------------------------------------- */

static unsigned count_phase(enum phase phase)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++)
		count += clients[i].phase == phase;
	return count;
}

enum coming {
	COMING_SOUND,
	COMING_BAD, /* *why tells */
	COMING_LATER,
	COMING_NEVER
};

/* Reads the request. No room is given for descriptors that come along, so the
 * kernel closes them. */
static enum coming read_request(
	int fd, struct control_request *request, const char **why)
{
	struct iovec part = {request, sizeof(*request)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return COMING_LATER;
	if (size <= 0)
		return COMING_NEVER;
	if (message.msg_flags & MSG_TRUNC)
		size = 0;
	*why = request_fault(request, (size_t)size);
	if (!*why && (message.msg_flags & MSG_CTRUNC))
		*why = "not a request: a descriptor came along";
	return *why ? COMING_BAD : COMING_SOUND;
}

/* Sends the last reply and ends the connection. */
static void answer_last(struct client *client, struct control_reply *reply)
{
	enum end_how how = client->dialog.how;
	int fd = client->dialog.fd;

	send_reply(client->fd, reply, fd);
	if (fd >= 0)
		close(fd);
	leave(client);
	if (how != END_NONE)
		supervise_end(how, 0);
}

/* A list is written whenever there is room, and so is a stream that has found
 * none; all others only listen for the end of the connection. */
static void watch_client(struct client *client)
{
	bool writes = client->phase == PHASE_LISTING || client->is_full;

	if (loop_change(client->fd, (writes ? EPOLLOUT : 0) | EPOLLRDHUP,
		    LOOP_CLIENT, (uint32_t)(client - clients)) < 0)
		leave(client);
}

static void go_on(struct client *client)
{
	static const enum phase phases[] = {[DIALOG_LISTING] = PHASE_LISTING,
		[DIALOG_WAITING] = PHASE_WAITING,
		[DIALOG_STREAMING] = PHASE_STREAMING};

	const int room = STREAM_BYTES;

	client->phase = phases[client->dialog.phase];
	if (client->phase == PHASE_STREAMING)
		setsockopt(
			client->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	client->deadline_ms = now_ms() + SLOW_MS;
	watch_client(client);
}

/* control = restart:NAME */
static bool may_restart(
	const struct client *client, const struct control_request *request)
{
	const struct table *table = supervise_table();
	const struct list *list;
	const uint32_t *granted;
	uint32_t index;

	if (client->service == CONTROL_NOBODY ||
		request->op != CONTROL_RESTART ||
		!request_find(table, request->name, &index))
		return false;
	list = &table_service(table, client->service)->control_restart;
	granted = table_pointer(table, list->at);
	for (uint32_t i = 0; i < list->count; i++)
		if (granted[i] == index)
			return true;
	return false;
}

/* What runs as process 1 is the host's business: whoever is granted a
 * replacement gets the init that is installed. */
static bool may_name(
	const struct client *client, const struct control_request *request)
{
	return request->op != CONTROL_REEXEC || !*request->name ||
		(client->service == CONTROL_NOBODY && client->uid == 0);
}

/* Whether it may ask that, now. False: the reply tells why not. */
static bool may_ask(const struct client *client,
	const struct control_request *request, struct control_reply *reply)
{
	bool waits = request_waits(request);

	if (!(client->rights & CONTROL_BIT(request->op)) &&
		!may_restart(client, request))
		answer_text(reply, CONTROL_REFUSED, "%s; you are uid %u",
			client->service == CONTROL_NOBODY
				? "only root of the host, and whom the table "
				  "grants it, may do that"
				: "the table's control does not grant that",
			client->uid);
	else if (!may_name(client, request))
		answer_text(reply, CONTROL_REFUSED,
			"only root of the host may name another program");
	else if (waits && count_phase(PHASE_WAITING) >= WAITERS_MOST)
		answer_text(reply, CONTROL_BUSY,
			"%u clients wait for services already; try again soon",
			WAITERS_MOST);
	else if (request->op == CONTROL_EVENTS &&
		count_phase(PHASE_STREAMING) >= STREAMS_MOST)
		answer_text(reply, CONTROL_BUSY,
			"%u clients watch events already; end one of them",
			STREAMS_MOST);
	else if (request->op == CONTROL_REEXEC && server.reexec != WISH_NONE)
		answer_text(reply, CONTROL_BUSY,
			"init is being replaced already; try again soon");
	else
		return true;
	return false;
}

static void wish_reexec(const struct control_request *request)
{
	server.reexec = WISH_SAID;
	memcpy(server.program, request->name, sizeof(server.program));
}

static void answer_sound(
	struct client *client, const struct control_request *request)
{
	struct control_reply reply;

	if (may_ask(client, request, &reply))
		answer_request(request, &client->dialog, &reply);
	if (client->dialog.phase == DIALOG_OVER) {
		answer_last(client, &reply);
		return;
	}
	if (request->op == CONTROL_REEXEC)
		wish_reexec(request);
	go_on(client);
}

static void take_request(struct client *client)
{
	struct control_request request = {0};
	struct control_reply reply;
	enum coming coming;
	const char *why;

	client->dialog = (struct dialog){.fd = -1};
	hurry(true);
	coming = read_request(client->fd, &request, &why);
	hurry(false);
	switch (coming) {
	case COMING_SOUND:
		answer_sound(client, &request);
		break;
	case COMING_BAD:
		answer_text(&reply, CONTROL_MALFORMED, "%s", why);
		answer_last(client, &reply);
		break;
	case COMING_NEVER:
		leave(client);
		break;
	case COMING_LATER:
		break;
	}
}

static COLD void send_list(struct client *client)
{
	struct dialog *dialog = &client->dialog;
	struct control_reply reply;

	for (unsigned i = 0; i < REPLIES_A_TURN; i++) {
		int error;

		answer_service(&reply, CONTROL_DONE, dialog->service);
		reply.more = dialog->service + 1 < dialog->end;
		error = send_reply(client->fd, &reply, -1);
		if (error == -EAGAIN)
			return;
		if (error || !reply.more) {
			leave(client);
			return;
		}
		dialog->service++;
		client->deadline_ms = now_ms() + SLOW_MS;
	}
}

/* What a client cannot take waits in the events that are kept, and is lost when
 * it is no more. */
static void send_events(struct client *client)
{
	struct dialog *dialog = &client->dialog;
	struct control_reply reply;
	bool was_full = client->is_full;
	int error = 0;

	client->is_full = false;
	for (unsigned i = 0; i < REPLIES_A_TURN && !error; i++) {
		if (!answer_event(&reply, &dialog->next, &dialog->lost))
			break;
		error = send_reply(client->fd, &reply, -1);
		if (error)
			continue;
		dialog->next++;
		dialog->lost = 0;
	}
	client->is_full = error == -EAGAIN;
	if (error && !client->is_full)
		leave(client);
	else if (client->is_full != was_full)
		watch_client(client);
}

COLD void control_client(uint32_t place, uint32_t events)
{
	struct client *client = &clients[place];

	if (client->phase == PHASE_FREE)
		return;
	/* Whoever asks and leaves at once has asked all the same. */
	if (client->phase == PHASE_ASKING)
		take_request(client);
	else if (events & GONE)
		leave(client);
	else if (client->phase == PHASE_LISTING)
		send_list(client);
	else if (client->phase == PHASE_STREAMING)
		send_events(client);
}

/* --- newcomers ------------------------------------------------------------ */

/* Who connected, as it was then. */
struct peer {
	struct ucred ids;
	gid_t groups[GROUPS_MOST];
	size_t group_count;
};

static bool is_member(const struct peer *peer, gid_t wanted)
{
	for (size_t i = 0; i < peer->group_count; i++)
		if (peer->groups[i] == wanted)
			return true;
	return peer->ids.gid == wanted;
}

/* What the table grants: CONTROL_BITs. */
static uint32_t granted_to(const struct peer *peer)
{
	const struct table *table = supervise_table();
	const struct right *all;
	uint32_t rights = 0;

	if (!table)
		return 0;
	all = table_pointer(table, table->system.rights.at);
	for (uint32_t i = 0; i < table->system.rights.count; i++)
		if (all[i].is_group ? is_member(peer, all[i].id)
				    : peer->ids.uid == all[i].id)
			rights |= all[i].asks;
	return rights;
}

/* CONTROL_BITs of whoever connected. */
static uint32_t rights_of(int fd, uid_t *uid)
{
	struct peer peer = {.ids = {.uid = (uid_t)-1}};
	socklen_t size = sizeof(peer.ids);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer.ids, &size) < 0)
		return 0;
	*uid = peer.ids.uid;
	if (peer.ids.uid == 0)
		return CONTROL_ALL;
	size = sizeof(peer.groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups, &size) == 0)
		peer.group_count = size / sizeof(*peer.groups);
	return granted_to(&peer);
}

/* CONTROL_BITs of a service; GRANT_RESTART is looked at with the request. */
static uint32_t rights_of_service(uint32_t index)
{
	static const uint32_t bits[] = {CONTROL_BIT(CONTROL_STATUS),
		CONTROL_BIT(CONTROL_REBOOT) | CONTROL_BIT(CONTROL_POWEROFF) |
			CONTROL_BIT(CONTROL_HALT),
		CONTROL_BIT(CONTROL_RELOAD_TABLE) | CONTROL_BIT(CONTROL_REEXEC),
		0, CONTROL_ALL};
	uint8_t grants = table_service(supervise_table(), index)->control;
	uint32_t rights = 0;

	for (unsigned i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		if (grants >> i & 1)
			rights |= bits[i];
	return rights;
}

static unsigned count_like(const struct client *newcomer)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++)
		count += clients[i].phase != PHASE_FREE &&
			clients[i].service == newcomer->service &&
			(newcomer->service != CONTROL_NOBODY ||
				clients[i].uid == newcomer->uid);
	return count;
}

/* A free place, or that of whoever has asked nothing for longest: a client that
 * means it sends its request at once. */
static uint32_t find_place(void)
{
	uint32_t oldest = CONTROL_CLIENTS;

	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &clients[i];

		if (client->phase == PHASE_FREE)
			return i;
		if (client->phase == PHASE_ASKING &&
			(oldest == CONTROL_CLIENTS ||
				client->deadline_ms <
					clients[oldest].deadline_ms))
			oldest = i;
	}
	return oldest;
}

static void say_busy(struct control_reply *reply)
{
	answer_text(reply, CONTROL_BUSY,
		"init has %u clients already; try again soon", CONTROL_CLIENTS);
}

/* Makes a place free; it may have an asking client. */
static bool make_room(uint32_t place)
{
	struct control_reply reply;

	if (place == CONTROL_CLIENTS)
		return false;
	if (clients[place].phase == PHASE_FREE)
		return true;
	say_busy(&reply);
	send_reply(clients[place].fd, &reply, -1);
	leave(&clients[place]);
	return true;
}

/* Whoever may ask gets a place. Its request is there in most cases. */
static void take_in(const struct client *newcomer)
{
	bool is_root = newcomer->service == CONTROL_NOBODY && !newcomer->uid;
	uint32_t place = find_place();
	struct control_reply reply;

	if ((!is_root && count_like(newcomer) >= OTHERS_MOST) ||
		!make_room(place) ||
		loop_add(newcomer->fd, EPOLLIN | EPOLLRDHUP, LOOP_CLIENT,
			place) < 0) {
		say_busy(&reply);
		turn_away(newcomer->fd, &reply);
		return;
	}
	clients[place] = *newcomer;
	take_request(&clients[place]);
}

static void welcome(int fd, uint32_t service)
{
	struct control_reply reply;
	struct client newcomer = {.phase = PHASE_ASKING,
		.fd = fd,
		.uid = (uid_t)-1,
		.service = service,
		.deadline_ms = now_ms() + SLOW_MS};

	newcomer.rights = rights_of(fd, &newcomer.uid);
	if (service != CONTROL_NOBODY)
		newcomer.rights = rights_of_service(service);
	if (newcomer.rights || service != CONTROL_NOBODY) {
		take_in(&newcomer);
		return;
	}
	answer_text(&reply, CONTROL_REFUSED,
		"only root of the host, and whom the table grants it, may ask "
		"init; you are uid %u",
		newcomer.uid);
	turn_away(fd, &reply);
}

static COLD void accept_all(uint32_t listener)
{
	bool is_own = listener > 0;
	int from = is_own ? server.own[listener - 1].fd : server.listener;
	uint32_t service =
		is_own ? server.own[listener - 1].service : CONTROL_NOBODY;

	for (unsigned i = 0; i < CONTROL_CLIENTS; i++) {
		int fd =
			accept4(from, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			welcome(fd, service);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(true);
		return;
	}
}

void control_accept(uint32_t listener)
{
	hurry(true);
	accept_all(listener);
	hurry(false);
}

/* --- turns ---------------------------------------------------------------- */

static void answer_reexec(struct client *client)
{
	struct control_reply reply;

	if (server.reexec != WISH_OVER)
		return;
	answer_text(&reply, *server.why ? CONTROL_FAILED : CONTROL_DONE, "%s",
		server.why);
	answer_last(client, &reply);
}

bool control_wants_reexec(char program[CONTROL_NAME_SIZE])
{
	if (server.reexec != WISH_SAID)
		return false;
	server.reexec = WISH_TAKEN;
	memcpy(program, server.program, sizeof(server.program));
	return true;
}

void control_reexec_over(const char *why)
{
	text_compose(server.why, sizeof(server.why), "%s", why);
	server.reexec = WISH_OVER;
}

static COLD void answer_waiting(struct client *client)
{
	struct dialog *dialog = &client->dialog;
	enum answer answer;
	struct control_reply reply;

	if (dialog->is_table) {
		if (answer_reloaded(dialog, &reply,
			    client->rights & CONTROL_BIT(CONTROL_TABLE)))
			answer_last(client, &reply);
		return;
	}
	answer = supervise_answer(dialog->service, dialog->ask);
	if (answer == ANSWER_WAIT)
		return;
	answer_service(&reply,
		answer == ANSWER_DONE ? CONTROL_DONE : CONTROL_FAILED,
		dialog->service);
	answer_last(client, &reply);
}

/* --- another table -------------------------------------------------------- */

static bool has_socket(uint32_t service)
{
	for (uint32_t i = 0; i < server.own_count; i++)
		if (server.own[i].service == service)
			return true;
	return false;
}

/* Its file goes with the service, or with the grant. */
static void stop_serving(uint32_t place)
{
	uint32_t last = --server.own_count;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(address) - 1;

	if (getsockname(server.own[place].fd, (struct sockaddr *)&address,
		    &size) == 0)
		unlink(address.sun_path);
	loop_remove(server.own[place].fd);
	close(server.own[place].fd);
	if (place == last)
		return;
	server.own[place] = server.own[last];
	loop_change(server.own[place].fd, server.paused ? 0 : EPOLLIN,
		LOOP_CONTROL, place + 1);
}

static void move_listeners(void)
{
	const struct table *table = supervise_table();

	for (uint32_t i = server.own_count; i-- > 0;) {
		uint32_t *service = &server.own[i].service;

		*service = supervise_moved(*service);
		if (*service == CONTROL_NOBODY ||
			!table_service(table, *service)->control)
			stop_serving(i);
	}
	for (uint32_t i = 0; i < table->services.count; i++)
		if (table_service(table, i)->control && !has_socket(i))
			serve(table, i);
	if (server.own_count)
		chmod(TABLE_CONTROLS, 0700);
}

/* What it may from now on; whoever may not ask for what it waits for hears the
 * answer all the same, but nobody watches who may not. */
static bool has_rights(struct client *client)
{
	if (client->service == CONTROL_NOBODY) {
		client->rights = rights_of(client->fd, &client->uid);
	} else {
		client->service = supervise_moved(client->service);
		if (client->service == CONTROL_NOBODY)
			return false;
		client->rights = rights_of_service(client->service);
	}
	return client->phase != PHASE_STREAMING ||
		client->rights & CONTROL_BIT(CONTROL_EVENTS);
}

/* A list goes on as it was asked for only where nobody has another number. */
static void move_client(struct client *client)
{
	struct dialog *dialog = &client->dialog;
	uint32_t service = supervise_moved(dialog->service);
	struct control_reply reply;

	if (!has_rights(client)) {
		leave(client);
		return;
	}
	if (client->phase == PHASE_LISTING && dialog->end > dialog->service) {
		answer_text(&reply, CONTROL_FAILED,
			"the table is another one; ask again");
		answer_last(client, &reply);
	} else if (client->phase == PHASE_WAITING && !dialog->is_table &&
		!dialog->reexec) {
		dialog->service = service;
		if (service != CONTROL_NOBODY)
			return;
		answer_text(&reply,
			dialog->ask == ASK_STOP ? CONTROL_DONE : CONTROL_FAILED,
			"the table has it no more");
		answer_last(client, &reply);
	}
}

void control_moved(void)
{
	move_listeners();
	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++)
		if (clients[i].phase != PHASE_FREE)
			move_client(&clients[i]);
}

static bool has_deadline(const struct client *client)
{
	return client->phase == PHASE_ASKING || client->phase == PHASE_LISTING;
}

static bool has_news(const struct client *client)
{
	return client->phase == PHASE_STREAMING && !client->is_full &&
		client->dialog.next < supervise_events();
}

void control_turn(void)
{
	uint64_t now = now_ms();

	if (server.paused && now >= server.pause_end_ms)
		pause_accepting(false);
	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &clients[i];

		if (client->phase == PHASE_WAITING && client->dialog.reexec)
			answer_reexec(client);
		else if (client->phase == PHASE_WAITING)
			answer_waiting(client);
		else if (has_news(client))
			send_events(client);
		else if (has_deadline(client) && now >= client->deadline_ms)
			leave(client);
	}
	if (server.reexec == WISH_OVER)
		server.reexec = WISH_NONE;
}

int control_timeout_ms(void)
{
	uint64_t first = server.paused ? server.pause_end_ms : UINT64_MAX;
	uint64_t now;

	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &clients[i];

		if (has_news(client))
			return 0;
		if (has_deadline(client) && client->deadline_ms < first)
			first = client->deadline_ms;
	}
	if (first == UINT64_MAX)
		return -1;
	now = now_ms();
	return first > now ? (int)(first - now) : 0;
}

/* --- for the init that takes over ---------------------------------------- */

static const struct state_field server_fields[] = {
	STATE_RECORD(struct server),
	STATE_FILE(struct server, listener),
	STATE_KEPT(struct server, own_count),
	STATE_KEPT(struct server, reexec),
	STATE_END,
};

static const struct state_field own_fields[] = {
	STATE_RECORD(struct own),
	STATE_FILE(struct own, fd),
	STATE_KEPT(struct own, service),
	STATE_END,
};

static const struct state_field client_fields[] = {
	STATE_RECORD(struct client),
	STATE_KEPT(struct client, phase),
	STATE_FILE(struct client, fd),
	STATE_KEPT(struct client, uid),
	STATE_KEPT(struct client, service),
	STATE_KEPT(struct client, rights),
	STATE_KEPT(struct client, is_full),
	STATE_KEPT(struct client, dialog.phase),
	STATE_KEPT(struct client, dialog.ask),
	STATE_KEPT(struct client, dialog.service),
	STATE_KEPT(struct client, dialog.end),
	STATE_KEPT(struct client, dialog.next),
	STATE_KEPT(struct client, dialog.lost),
	STATE_KEPT(struct client, dialog.how),
	STATE_KEPT(struct client, dialog.reexec),
	STATE_KEPT(struct client, dialog.is_table),
	STATE_KEPT(struct client, deadline_ms),
	STATE_END,
};

void control_state(struct state_list *list)
{
	state_add(list, STATE_KEY("server"), server_fields, &server, 1);
	state_add(list, STATE_KEY("own"), own_fields, server.own,
		CONTROL_SERVICES);
	state_add(list, STATE_KEY("client"), client_fields, clients,
		CONTROL_CLIENTS);
}

static void resume_client(uint32_t place)
{
	struct client *client = &clients[place];

	client->dialog.fd = -1;
	if (client->phase == PHASE_FREE)
		return;
	if (client->fd < 0 || client->phase > PHASE_STREAMING) {
		client->phase = PHASE_FREE;
		return;
	}
	loop_add(client->fd, EPOLLIN | EPOLLRDHUP, LOOP_CLIENT, place);
	if (client->phase != PHASE_ASKING)
		watch_client(client);
}

void control_resume(void)
{
	server.paused = false;
	if (server.listener > 0)
		loop_add(server.listener, EPOLLIN, LOOP_CONTROL, 0);
	if (server.own_count > CONTROL_SERVICES)
		server.own_count = 0;
	for (uint32_t i = 0; i < server.own_count; i++)
		loop_add(server.own[i].fd, EPOLLIN, LOOP_CONTROL, i + 1);
	for (uint32_t i = 0; i < CONTROL_CLIENTS; i++)
		resume_client(i);
}
