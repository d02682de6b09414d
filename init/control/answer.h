/* What a request is answered, and how it goes on: contents only, control.c has
 * the connections.
 */
#ifndef CONTROL_ANSWER_H
#define CONTROL_ANSWER_H

#include "control/protocol.h"
#include "supervise/supervise.h"

enum dialog_phase {
	DIALOG_OVER, /* the reply is the last one */
	DIALOG_LISTING, /* replies about service, ..., end - 1 follow */
	DIALOG_WAITING, /* for what was asked of service */
	DIALOG_STREAMING /* replies follow as things happen, from next on */
};

struct dialog {
	enum dialog_phase phase;
	enum ask ask; /* DIALOG_WAITING */
	uint32_t service;
	uint32_t end;
	bool is_table; /* DIALOG_WAITING: for the table, not a service */
	uint64_t next; /* DIALOG_STREAMING: number of an event; of a reload */
	uint32_t lost; /* ... and how many were not kept for it */
	bool reexec; /* DIALOG_WAITING: for another init */
	enum end_how how; /* the machine's end, once the reply is sent */
	int fd; /* goes with the reply; -1: none */
};

/* Answers a sound request: fills in the dialog, and a reply if it is over. */
void answer_request(const struct control_request *request,
	struct dialog *dialog, struct control_reply *reply)
	__attribute__((nonnull));

/* A reply without a service, or about one as it is now. */
void answer_text(struct control_reply *reply, enum control_result result,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void answer_service(struct control_reply *reply, enum control_result result,
	uint32_t service) __attribute__((nonnull));

/* What came of a reload of the table; may_read: whoever asked may see tables.
 * False: nothing yet. */
bool answer_reloaded(struct dialog *dialog, struct control_reply *reply,
	bool may_read) __attribute__((nonnull));

/* The next event of a stream. False: there is none yet. Who has sent the reply
 * goes on with the next number, and nothing lost. */
bool answer_event(struct control_reply *reply, uint64_t *next, uint32_t *lost)
	__attribute__((nonnull));

#endif
