/* Fills in the manual page of svc: copies standard input to standard output,
 * and puts what each verb prints as JSON (svc/fields.def) in the place of the
 * line "@JSON@". Built for and run on the build host.
 */
#include <stdio.h>
#include <string.h>

static const struct row {
	const char *verb;
	const char *name;
	const char *type;
	const char *text;
} rows[] = {

#define FIELD(verb, name, type, text) {#verb, #name, #type, text},
#include "svc/fields.def"
#undef FIELD
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static const char *type_text(const char *type)
{
	static const struct {
		const char *type;
		const char *text;
	} texts[] = {
		{"TEXT", "string"},
		{"TEXT_OR_NULL", "string or null"},
		{"NUMBER", "number"},
		{"NUMBER_OR_NULL", "number or null"},
		{"FLAG", "true or false"},
		{"LIST", "array of objects"},
		{"TEXTS", "array of strings"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].type, type) == 0)
			return texts[i].text;
	return type;
}

/* "graph__nodes" is what stands in nodes of graph, "a_b" the verb a-b. */
static void print_verb(const char *verb)
{
	const char *inner = strstr(verb, "__");
	size_t length = inner ? (size_t)(inner - verb) : strlen(verb);

	printf(".It Cm ");
	for (size_t i = 0; i < length; i++)
		putchar(verb[i] == '_' ? '-' : verb[i]);
	if (inner)
		printf(" , No each of Va %s", inner + 2);
	putchar('\n');
}

static void print_rows(void)
{
	const char *verb = "";

	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].verb, verb) != 0) {
			if (*verb)
				puts(".El");
			verb = rows[i].verb;
			print_verb(verb);
			puts(".Bl -tag -width memory_waited -compact");
		}
		printf(".It Va %s\n%s:\n%s\n", rows[i].name,
			type_text(rows[i].type), rows[i].text);
	}
	puts(".El\n.El");
}

int main(void)
{
	char line[1024];
	int places = 0;

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "@JSON@\n") == 0) {
			places++;
			print_rows();
		} else {
			fputs(line, stdout);
		}
	}
	if (ferror(stdin) || fflush(stdout)) {
		perror("fields");
		return 1;
	}
	return places == 1 ? 0 : 1;
}
