/* Where what is static stands. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

/* What is hardly ever used stands behind all else, so that the rest lies on few
 * pages: the linker sorts by these names. */
#define LAST __attribute__((section(".bss.~")))

/* ... and so does what is hardly ever run, and stands in board/cold.ld: it is
 * not made part of what calls it. */
#define COLD __attribute__((noinline))

#endif
