/* Where the logger writes lines: see sinks.h. */
#include "log/sinks.h"

#include "base/text.h"
#include "log/format.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define KMSG_TEXT 900U /* the kernel cuts at 1,024, with what it adds */
#define LINE_SIZE (FORMAT_TEXT_SIZE + 256U)
#define NAME_SIZE 300U
#define FILE_MODE 0640
#define PART 256U

static char text[LINE_SIZE]; /* the line at work */

/* Whether it can be that the same is taken a while later. */
static enum sink_result result_of(ssize_t done)
{
	if (done >= 0)
		return SINK_DONE;
	switch (errno) {
	case EAGAIN:
	case EINTR:
	case ENOBUFS:
	case ENOMEM:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case ECONNREFUSED: /* of a datagram before this one */
		return SINK_LATER;
	default:
		return SINK_DONE;
	}
}

enum sink_result sink_kmsg(
	const struct sinks *sinks, const char *name, const struct line *line)
{
	size_t used = text_compose(
		text, sizeof(text), "<%u>%s: ", format_priority(line), name);
	struct line cut = *line;

	if (cut.length > KMSG_TEXT / TEXT_ESCAPED)
		cut.length = KMSG_TEXT / TEXT_ESCAPED;
	used += format_text(text + used, &cut);
	return result_of(write(sinks->kmsg, text, used));
}

/* A terminal may take a part of a line: the rest is lost then, rather than
 * shown twice. */
enum sink_result sink_console(
	const struct sinks *sinks, const char *name, const struct line *line)
{
	size_t used = name ? text_compose(text, sizeof(text), "%s: ", name) : 0;

	used += format_text(text + used, line);
	text[used++] = '\n';
	return result_of(write(sinks->console, text, used));
}

/* RFC 5424 over RFC 5426. */
enum sink_result sink_udp(const struct sinks *sinks,
	const struct log_target *to, const char *name, const struct line *line)
{
	struct sockaddr_in four = {
		.sin_family = AF_INET, .sin_port = htons(to->port)};
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(to->port)};
	bool is_six = to->family == 6;
	size_t used = format_syslog(text, sinks->host, name, line);

	used += format_text(text + used, line);
	memcpy(&four.sin_addr, to->bytes, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, to->bytes, sizeof(six.sin6_addr));
	return result_of(sendto(sinks->udp[is_six], text, used, MSG_DONTWAIT,
		is_six ? (const void *)&six : (const void *)&four,
		is_six ? sizeof(six) : sizeof(four)));
}

/* --- files ---------------------------------------------------------------- */

/* Power may have been cut in a line: what comes begins one of its own. */
static bool end_last_line(struct sink_file *file)
{
	char last = '\n';

	if (file->size && pread(file->fd, &last, 1, (off_t)file->size - 1) != 1)
		return false;
	if (last == '\n')
		return true;
	if (write(file->fd, "\n", 1) != 1)
		return false;
	file->size++;
	return true;
}

static bool open_file(struct sink_file *file)
{
	struct stat status;
	int error;

	if (file->fd >= 0)
		return true;
	file->fd = openat(file->folder, file->name,
		O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK |
			O_CLOEXEC,
		FILE_MODE);
	if (file->fd < 0)
		return false;
	if (fstat(file->fd, &status) == 0) {
		file->size = (uint64_t)status.st_size;
		if (end_last_line(file))
			return true;
	}
	error = errno;
	close(file->fd);
	file->fd = -1;
	errno = error;
	return false;
}

static void name_of(char to[NAME_SIZE], const char *name, unsigned number)
{
	if (number)
		text_compose(to, NAME_SIZE, "%s.%u", name, number);
	else
		text_compose(to, NAME_SIZE, "%s", name);
}

/* From the oldest on, so that nothing is overwritten but that one. */
static bool rotate(struct sink_file *file)
{
	char from[NAME_SIZE];
	char to[NAME_SIZE];

	sink_file_sync(file);
	for (unsigned i = file->count - 1; i > 0; i--) {
		name_of(from, file->name, i - 1);
		name_of(to, file->name, i);
		if (renameat(file->folder, from, file->folder, to) < 0 &&
			errno != ENOENT)
			return false;
	}
	if (file->count == 1 && unlinkat(file->folder, file->name, 0) < 0 &&
		errno != ENOENT)
		return false;
	close(file->fd);
	file->fd = -1;
	fsync(file->folder);
	return open_file(file);
}

/* Of a line that does not fit on the disk nothing is left. */
static enum sink_result append(struct sink_file *file, size_t size)
{
	ssize_t done;
	int error;

	*file->writing = file->size + 1;
	done = write(file->fd, text, size);
	error = done < 0 ? errno : ENOSPC;

	if (done == (ssize_t)size) {
		file->size += size;
		file->is_dirty = true;
		return SINK_DONE;
	}
	*file->writing = 0;
	if (done > 0 && ftruncate(file->fd, (off_t)file->size) < 0) {
		close(file->fd); /* opened again, it gets its line ended */
		file->fd = -1;
	}
	errno = error;
	return SINK_LATER;
}

/* Whether who was killed over it had written the line. */
static bool is_there(const struct sink_file *file, size_t size)
{
	uint64_t from = *file->writing - 1;
	char part[PART];
	size_t done = 0;

	while (done < size) {
		size_t most = size - done < PART ? size - done : PART;
		ssize_t count =
			pread(file->fd, part, most, (off_t)(from + done));

		if (count <= 0 || memcmp(part, text + done, (size_t)count) != 0)
			return false;
		done += (size_t)count;
	}
	return true;
}

enum sink_result sink_file(
	struct sink_file *file, const char *name, const struct line *line)
{
	size_t used = format_head(text, name, line);

	used += format_text(text + used, line);
	if (line->cut)
		used += text_compose(text + used, sizeof(text) - used, " ...");
	text[used++] = '\n';
	if (!open_file(file))
		return SINK_LATER;
	if (*file->writing && is_there(file, used))
		return SINK_DONE;
	if (file->size && file->size + used > file->most && !rotate(file))
		return SINK_LATER;
	return append(file, used);
}

void sink_file_noted(struct sink_file *file)
{
	*file->writing = 0;
}

void sink_file_sync(struct sink_file *file)
{
	if (file->is_dirty && file->fd >= 0)
		fdatasync(file->fd);
	file->is_dirty = false;
}
