/* Output without stdio, which would be a seventh of the program: see out.h. */
#include "svc/out.h"

#include "base/text.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define LINE_SIZE 1024

static struct {
	char bytes[4096];
	size_t used;
	int error;
} buffer;

/* 0, or errno. */
static int write_all(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t done = write(fd, bytes, count);

		if (done < 0 && errno != EINTR)
			return errno;
		if (done < 0)
			continue;
		bytes += done;
		count -= (size_t)done;
	}
	return 0;
}

static void flush(void)
{
	if (!buffer.error)
		buffer.error =
			write_all(STDOUT_FILENO, buffer.bytes, buffer.used);
	buffer.used = 0;
}

void out_bytes(const char *bytes, size_t count)
{
	while (count) {
		size_t part = sizeof(buffer.bytes) - buffer.used;

		if (part > count)
			part = count;
		memcpy(buffer.bytes + buffer.used, bytes, part);
		buffer.used += part;
		bytes += part;
		count -= part;
		if (buffer.used == sizeof(buffer.bytes))
			flush();
	}
}

void out(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	out_bytes(
		line, text_compose_list(line, sizeof(line), format, arguments));
	va_end(arguments);
}

void out_spaces(size_t count)
{
	while (count--)
		out_bytes(" ", 1);
}

bool out_flush(void)
{
	flush();
	return !buffer.error;
}

bool out_end(void)
{
	flush();
	if (!buffer.error)
		return true;
	complain("standard output: %s", strerror(buffer.error));
	return false;
}

void complain_bytes(const char *bytes, size_t count)
{
	write_all(STDERR_FILENO, bytes, count);
}

void complain(const char *format, ...)
{
	char line[LINE_SIZE];
	size_t used = text_compose(line, sizeof(line), "svc: ");
	va_list arguments;

	va_start(arguments, format);
	used += text_compose_list(
		line + used, sizeof(line) - 1 - used, format, arguments);
	va_end(arguments);
	line[used++] = '\n';
	complain_bytes(line, used);
}
