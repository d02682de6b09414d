/* Fills in a manual page: copies standard input to standard output, and puts
 * the keys of a group (table/keys.def) in the place of a line "@GROUP@". Fails
 * when the page has no place for a group. Built for and run on the build host.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MOST 78 /* columns */

struct row {
	const char *group;
	const char *name;
	const char *value;
	const char *fallback;
	const char *text;
};

#define KEY(id, group, name, value, fallback, shape, reader, field, text) \
	{"@" #group "@\n", name, value, fallback, text},

static const struct row rows[] = {
#include "table/keys.def"
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* "(prose)" is a sentence of its own; all else is what could be written. */
static void print_default(const char *fallback)
{
	size_t length = strlen(fallback);

	if (!length)
		return;
	if (*fallback == '(')
		printf("Default: %.*s.\n", (int)length - 2, fallback + 1);
	else
		printf("Default:\n.Ql %s .\n", fallback);
}

/* Breaks a sentence into lines, as manual pages have them. */
static void print_text(const char *text)
{
	int column = 0;

	while (*text) {
		int length = (int)strcspn(text, " ");

		if (column && column + length >= LINE_MOST) {
			putchar('\n');
			column = 0;
		}
		if (column)
			putchar(' ');
		printf("%.*s", length, text);
		column += length + 1;
		text += length;
		text += *text == ' ';
	}
	putchar('\n');
}

static void print_row(const struct row *row)
{
	printf(".It Ic %s No = Ar \"%s\"\n", row->name, row->value);
	print_text(row->text);
	print_default(row->fallback);
}

/* Prints the rows of the group that a line names; false: it names none. */
static bool print_group(const char *line, bool printed[ROWS])
{
	bool found = false;

	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].group, line) != 0)
			continue;
		if (!found)
			puts(".Bl -tag -width Ds");
		found = true;
		printed[i] = true;
		print_row(&rows[i]);
	}
	if (found)
		puts(".El");
	return found;
}

/* Tells the groups that the page lacks. */
static bool is_whole(const bool printed[ROWS])
{
	bool whole = true;

	for (size_t i = 0; i < ROWS; i++) {
		if (printed[i] ||
			(i && strcmp(rows[i].group, rows[i - 1].group) == 0))
			continue;
		fprintf(stderr,
			"keys: the page has no place for '%s'; add a line %s",
			rows[i].name, rows[i].group);
		whole = false;
	}
	return whole;
}

int main(void)
{
	bool printed[ROWS] = {false};
	char line[1024];

	while (fgets(line, sizeof(line), stdin))
		if (!print_group(line, printed))
			fputs(line, stdout);
	if (ferror(stdin) || fflush(stdout)) {
		perror("keys");
		return 1;
	}
	return is_whole(printed) ? 0 : 1;
}
