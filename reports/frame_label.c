#include "reports/frame_label.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/clean.h"

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

void frame_label_name(struct text *text, const char *name)
{
	char *clean = clean_utf8(name);

	if (!clean) {
		text->failed = true;
		return;
	}
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	text_add(text, *clean ? clean : "?");
	free(clean);
}

void frame_label(struct text *text, const struct view_frame *frame, bool line)
{
	if (frame->function) {
		frame_label_name(text, frame->function);
	} else {
		frame_label_name(text, frame->module ? last_component(frame->module) : "unknown code");
		text_printf(text, "%s0x%" PRIx64, frame->module ? "+" : " at ", frame->module_offset);
	}
	if (line && frame->file && frame->line) {
		text_add(text, " (");
		frame_label_name(text, last_component(frame->file));
		text_printf(text, ":%" PRIu32 ")", frame->line);
	}
}
