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
	DIALOG_WAITING /* for what was asked of service */
};

struct dialog {
	enum dialog_phase phase;
	enum ask ask; /* DIALOG_WAITING */
	uint32_t service;
	uint32_t end;
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

#endif
