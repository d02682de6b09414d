/* Pieces of an SVG image: see svg.h. Names of services hold nothing that XML
 * reserves; messages might. */
#include "svc/svg.h"

#include "svc/out.h"
#include <string.h>

void svg_open(uint64_t width, uint64_t height)
{
	out("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%llu\" "
	    "height=\"%llu\" font-family=\"monospace\" font-size=\"13\">\n",
		(unsigned long long)width, (unsigned long long)height);
	out("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
}

void svg_close(void)
{
	out("</svg>\n");
}

void svg_box(const struct svg_box *box, const char *colour)
{
	out("<rect x=\"%llu\" y=\"%llu\" width=\"%llu\" height=\"%llu\" "
	    "fill=\"%s\" stroke=\"#555\" stroke-width=\"0.5\"/>\n",
		(unsigned long long)box->x, (unsigned long long)box->y,
		(unsigned long long)box->width, (unsigned long long)box->height,
		colour);
}

static void escape(const char *text)
{
	for (; *text; text++)
		if (*text == '<')
			out("&lt;");
		else if (*text == '&')
			out("&amp;");
		else
			out_bytes(text, 1);
}

void svg_text(uint64_t x, uint64_t y, const char *anchor, const char *text)
{
	out("<text x=\"%llu\" y=\"%llu\" text-anchor=\"%s\">",
		(unsigned long long)x, (unsigned long long)y, anchor);
	escape(text);
	out("</text>\n");
}
