/* Pieces of an SVG image. */
#ifndef SVC_SVG_H
#define SVC_SVG_H

#include <stddef.h>
#include <stdint.h>

#define SVG_LETTER 8U /* width of a letter of its text */

void svg_open(uint64_t width, uint64_t height);
void svg_close(void);

struct svg_box {
	uint64_t x;
	uint64_t y;
	uint64_t width;
	uint64_t height;
};

void svg_box(const struct svg_box *box, const char *colour)
	__attribute__((nonnull));

/* Writes text with what XML reserves escaped; anchor: "start", "middle". */
void svg_text(uint64_t x, uint64_t y, const char *anchor, const char *text)
	__attribute__((nonnull));

#endif
