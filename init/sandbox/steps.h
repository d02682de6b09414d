/* Makes the array of steps of the file that STEPS names. Texts are told by
 * their offsets in one block: a pointer to each would cost a relocation of 24
 * bytes. A row is known by its line in that file.
 */
#define STEP_NAME(kind, line) kind##line
#define STEP_MEMBER(kind, line) STEP_NAME(kind, line)

static const union {
	char all[1];

	struct {
#define STEP(what, run, argument, lacks, denied) \
	char STEP_MEMBER(what_, __LINE__)[sizeof(what)]; \
	char STEP_MEMBER(lacks_, __LINE__)[sizeof(lacks)]; \
	char STEP_MEMBER(denied_, __LINE__)[sizeof(denied)];
#include STEPS
#undef STEP
	} of;
} texts = {.of = {

#define STEP(what, run, argument, lacks, denied) what, lacks, denied,
#include STEPS
#undef STEP
	   }};

#define STEP_AT(kind) ((uint16_t)offsetof(__typeof__(texts), of.kind))

static const struct step rows[] = {
#define STEP(what, run, argument, lacks, denied) \
	{run, argument, STEP_AT(STEP_MEMBER(what_, __LINE__)), \
		STEP_AT(STEP_MEMBER(lacks_, __LINE__)), \
		STEP_AT(STEP_MEMBER(denied_, __LINE__))},
#include STEPS
#undef STEP
};
