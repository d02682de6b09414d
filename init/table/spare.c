/* What `spare` comes to, in words: for svc and the loader. */
#include "table/table.h"

const char *const spare_texts[SPARES] = {
	[SPARE_UNWANTED] = "",
	[SPARE_MADE] = "",
#define SPARE_NOT(id, with, why) [SPARE_NOT_##id] = "'" with "': " why,
#include "table/spare.def"
};
