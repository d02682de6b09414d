/* The least that a table can cost whoever wants its services as records: its
 * file is read, one pass counts its lines, words and stanzas, and as many
 * records as those are filled in a memfd. Nothing is understood or checked.
 */
#include "table/table.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct counts {
	unsigned lines;
	unsigned words;
	unsigned stanzas;
};

static struct counts count(const char *text, size_t size)
{
	struct counts counts = {0, 0, 0};
	char last = '\n';

	for (size_t i = 0; i < size; last = text[i++]) {
		bool blank = text[i] == ' ' || text[i] == '\n';
		bool begins = last == ' ' || last == '\n';

		counts.lines += text[i] == '\n';
		counts.words += begins && !blank;
		counts.stanzas += last == '\n' && text[i] == '[';
	}
	return counts;
}

static size_t read_all(const char *path, char *to)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t got;

	while ((got = read(fd, to + size, TABLE_FILE_MAX - size)) > 0)
		size += (size_t)got;
	close(fd);
	return size;
}

static bool fill(size_t size)
{
	int fd = memfd_create("table", MFD_CLOEXEC);
	char *records;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return false;
	records = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (records == MAP_FAILED)
		return false;
	memset(records, 1, size);
	return true;
}

int main(int argc, char **argv)
{
	static char text[TABLE_FILE_MAX];
	struct counts counts;

	if (argc != 2)
		return 1;
	counts = count(text, read_all(argv[1], text));
	printf("%u lines, %u words, %u services\n", counts.lines, counts.words,
		counts.stanzas);
	return counts.stanzas && fill(counts.stanzas * sizeof(struct service))
		? 0
		: 1;
}
