/* See console.h. */
#include "log/console.h"

#include "base/file.h"
#include "base/text.h"
#include <fcntl.h>
#include <unistd.h>

#define LINE_SIZE 256U

void console_say(const char *format, ...)
{
	SCOPED_FD console = open(
		"/dev/console", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char line[LINE_SIZE];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_compose_list(line, sizeof(line), format, arguments);
	va_end(arguments);
	line[length] = '\n';
	/* there is nobody left to tell */
	if (console < 0 || write(console, line, length + 1) < 0)
		return;
}
