/* devices: paths below /dev, patterns of them, and classes. */
#include "table/parse.h"

#include "base/text.h"

static const char *const classes[] = {"gpu", "input", "audio", "serial"};

/* What every compartment has in its /dev; what ends in '/' is a folder. */
static const char *const own[] = {"null", "zero", "full", "random", "urandom",
	"tty", "ptmx", "fd", "stdin", "stdout", "stderr", "pts/", "shm/",
	"mqueue/"};

static bool is_class(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (strcmp(name, classes[i]) == 0)
			return true;
	return false;
}

static bool is_own(const char *name)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		size_t length = strcspn(own[i], "/");

		if (strncmp(name, own[i], length) == 0 &&
			(!name[length] ||
				(own[i][length] && name[length] == '/')))
			return true;
	}
	return false;
}

/* ", did you mean" for a word that is no path. */
static void refuse_word(
	struct table_build *b, struct word *word, const char *name)
{
	unsigned best = names_tolerance(name) + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		unsigned distance = text_distance(name, classes[i], best - 1);

		if (distance >= best)
			continue;
		best = distance;
		nearest = classes[i];
	}
	if (nearest)
		fault(b, word, "'%.64s': no device; did you mean '%s'?", name,
			nearest);
	else
		fault(b, word,
			"'%.64s': no device; write /dev/NAME, gpu, input, "
			"audio or serial",
			name);
}

/* The path or the class that a word names, or NULL after a fault. */
static const char *read_name(
	struct table_build *b, struct word *word, size_t length)
{
	const char *name = lex_copy(b, word->text, length);

	if (is_class(name))
		return name;
	if (*name == '/')
		name = path_read(b, word, word->text, length);
	if (!name)
		return NULL;
	if (strncmp(name, "/dev/", 5) != 0)
		refuse_word(b, word, name);
	else if (is_own(name + 5))
		fault(b, word, "'%.64s': every service has its own; remove it",
			name);
	else if (strchr(name, '['))
		fault(b, word,
			"'%.64s': only '*' and '?' stand for something else in "
			"a path",
			name);
	else
		return name;
	return NULL;
}

static enum device_kind kind_of(const char *name)
{
	if (*name != '/')
		return DEVICE_CLASS;
	return strpbrk(name, "*?") ? DEVICE_PATTERN : DEVICE_PATH;
}

void read_devices(struct table_build *b, const struct entry *entry)
{
	struct gather *g = &b->parser->gather;
	struct word *word = entry->words;
	struct device_entry device = {
		.optional = (word->flags & WORD_OPTIONAL) != 0};
	const char *name = read_name(b, word, word->length - device.optional);

	if (!name)
		return;
	for (uint32_t i = 0; i < g->device_count; i++)
		if (strcmp(table_string(b->table, g->devices[i].name), name) ==
			0) {
			fault(b, word,
				"'%.64s': stands there twice; remove one",
				name);
			return;
		}
	if (g->device_count == DEVICE_MAX) {
		fault(b, b->parser->item->name,
			"more than %u devices in one service; write a pattern",
			DEVICE_MAX);
		return;
	}
	device.name = image_string(b, name);
	device.kind = (uint8_t)kind_of(name);
	if (device.optional || device.kind != DEVICE_PATH)
		b->parser->draft.service.hotplug = 1;
	g->devices[g->device_count++] = device;
}
