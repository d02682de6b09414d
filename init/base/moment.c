/* Moments as words: see moment.h. The calendar is reckoned in years that begin
 * with March, in which the odd day comes last.
 */
#include "base/moment.h"

#include "base/text.h"
#include <stddef.h>
#include <string.h>

#define SECOND 1000000000ULL
#define DAY 86400ULL
#define ERA_DAYS 146097ULL /* 400 years */
#define EPOCH_DAYS 719468ULL /* from March of year 0 to 1970 */
#define YEAR_LEAST 1970U
#define YEAR_MOST 2500U

struct date {
	unsigned year;
	unsigned month;
	unsigned day;
};

static uint64_t days_of(const struct date *date)
{
	uint64_t year = date->year - (date->month <= 2 ? 1U : 0U);
	uint64_t month = (date->month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 +
		(153 * month + 2) / 5 + date->day - 1 - EPOCH_DAYS;
}

static struct date date_of(uint64_t days)
{
	uint64_t era = (days + EPOCH_DAYS) / ERA_DAYS;
	uint64_t rest = (days + EPOCH_DAYS) % ERA_DAYS;
	uint64_t year =
		(rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	uint64_t day = rest - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * day + 2) / 153;
	struct date date = {
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(day - (153 * month + 2) / 5 + 1)};

	date.year = (unsigned)(era * 400 + year) + (date.month <= 2);
	return date;
}

uint64_t moment_days(unsigned year, unsigned month, unsigned day)
{
	const struct date date = {year, month, day};

	return days_of(&date);
}

unsigned moment_year(uint64_t days)
{
	return date_of(days).year;
}

static void digits(char *to, uint64_t number, unsigned count)
{
	while (count--) {
		to[count] = (char)('0' + number % 10);
		number /= 10;
	}
}

void moment_text(char to[MOMENT_SIZE], uint64_t ns)
{
	uint64_t seconds = ns / SECOND;
	struct date date = date_of(seconds / DAY);

	memcpy(to, "0000-00-00T00:00:00.000000Z", MOMENT_SIZE);
	digits(to, date.year, 4);
	digits(to + 5, date.month, 2);
	digits(to + 8, date.day, 2);
	digits(to + 11, seconds / 3600 % 24, 2);
	digits(to + 14, seconds / 60 % 60, 2);
	digits(to + 17, seconds % 60, 2);
	digits(to + 20, ns % SECOND / 1000, 6);
}

/* Reads numbers with these separators between, as many as there are. 0: none,
 * or the text has something else. */
static unsigned read_numbers(
	const char *text, const char *between, unsigned *numbers, unsigned most)
{
	unsigned count = 0;

	for (;;) {
		size_t length = strspn(text, "0123456789");
		uint64_t number;

		if (count == most || !length || length > 4 ||
			!text_number(text, length, 10, &number))
			return 0;
		numbers[count++] = (unsigned)number;
		text += length;
		if (!*text)
			return count;
		if (!strchr(between, *text++))
			return 0;
	}
}

static bool read_clock(const char *text, uint64_t *seconds)
{
	unsigned part[3] = {0, 0, 0};

	if (read_numbers(text, ":", part, 3) < 2 || part[0] > 23 ||
		part[1] > 59 || part[2] > 60)
		return false;
	*seconds = part[0] * 3600ULL + part[1] * 60ULL + part[2];
	return true;
}

static bool read_date(const char *text, size_t length, uint64_t *days)
{
	char copy[11];
	unsigned part[3];
	struct date date;

	if (length != sizeof(copy) - 1)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (read_numbers(copy, "-", part, 3) != 3 || part[0] < YEAR_LEAST ||
		part[0] > YEAR_MOST || part[1] < 1 || part[1] > 12 ||
		part[2] < 1 || part[2] > 31)
		return false;
	date = (struct date){part[0], part[1], part[2]};
	*days = days_of(&date);
	return true;
}

bool moment_read(const char *text, uint64_t now_ns, uint64_t *ns)
{
	size_t length = strcspn(text, "T ");
	uint64_t seconds = 0;
	uint64_t now = now_ns / SECOND;
	uint64_t days = now / DAY;

	if (read_clock(text, &seconds)) {
		if (days * DAY + seconds > now && days)
			days--;
	} else if (!read_date(text, length, &days) ||
		(text[length] && !read_clock(text + length + 1, &seconds))) {
		return false;
	}
	*ns = (days * DAY + seconds) * SECOND;
	return true;
}

bool moment_span(const char *text, uint64_t *ns)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY}};

	size_t length = strspn(text, "0123456789");
	uint64_t number;

	if (!length || length > 9 || !text[length] || text[length + 1] ||
		!text_number(text, length, 10, &number))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].unit != text[length])
			continue;
		*ns = number * units[i].seconds * SECOND;
		return number < 100000000U;
	}
	return false;
}
