/* What svc prints with --json, field by field. RFC 8259
 */
#ifndef SVC_JSON_H
#define SVC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field {
#define FIELD(verb, name, type, text) FIELD_##verb##_##name,
#include "svc/fields.def"
#undef FIELD
	FIELDS
};

/* An object or a list: as the value of a field, or on its own, in a list or at
 * the top (JSON_BARE). */
#define JSON_BARE FIELDS
void json_open(enum field field, char bracket);
void json_close(char bracket);
void json_end(void); /* of a whole text: the line ends */

void json_text(enum field field, const char *text) __attribute__((nonnull));
void json_number(enum field field, uint64_t number);
void json_decimal(enum field field, const char *number); /* as it stands */
void json_flag(enum field field, bool is_true);
void json_null(enum field field);

/* null for "" and 0. */
void json_text_or_null(enum field field, const char *text)
	__attribute__((nonnull));
void json_number_or_null(enum field field, uint64_t number);

/* Writes text as it stands between quotes; bytes that are no UTF-8 become
 * U+FFFD. Returns the bytes written, at most JSON_ESCAPED times `count`. */
#define JSON_ESCAPED 6U
size_t json_escape(char *to, const char *bytes, size_t count)
	__attribute__((nonnull));

#endif
