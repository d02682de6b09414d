/* keys.def as a const table. */
#include "table/keys.h"

#include "table/parse.h"

#define ONE SHAPE_ONE
#define LIST SHAPE_LIST
#define OPTIONAL SHAPE_OPTIONAL
#define LINE SHAPE_LINE
#define KEY(id, group, name, value, fallback, shape, reader, field, text) \
	{name, value, fallback, reader, offsetof(struct draft, field), \
		KEY_##id, GROUP_##group, shape},

const struct key keys[KEYS] = {
#include "table/keys.def"
};

enum key_stanza key_stanza(const struct key *key)
{
	if (key->group == GROUP_SYSTEM)
		return KEY_STANZA_SYSTEM;
	if (key->group == GROUP_MOUNT)
		return KEY_STANZA_MOUNT;
	if (key->group == GROUP_INTERFACE)
		return KEY_STANZA_INTERFACE;
	if (key->group == GROUP_BRIDGE)
		return KEY_STANZA_BRIDGE;
	return KEY_STANZA_SERVICE;
}
