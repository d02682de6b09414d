/* What was meant: see guess.h. */
#include "svc/guess.h"

#include "base/text.h"
#include "table/names.h"

void guess_begin(struct guess *guess, const char *name)
{
	guess->name = name;
	guess->best = names_tolerance(name) + 1;
	*guess->nearest = '\0';
}

void guess_take(struct guess *guess, const char *known)
{
	unsigned distance = text_distance(guess->name, known, guess->best - 1);

	if (distance >= guess->best)
		return;
	guess->best = distance;
	text_compose(guess->nearest, sizeof(guess->nearest), "%s", known);
}
