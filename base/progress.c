#include "base/progress.h"

#include <unistd.h>

#include "base/clock.h"

enum { FIRST_AFTER_NS = 500 * 1000 * 1000, EVERY_NS = 100 * 1000 * 1000 };

void progress_init_clock(struct progress *progress, FILE *stream, uint64_t (*now_ns)(void))
{
	*progress = (struct progress){
		.stream = stream,
		.now_ns = now_ns,
		.next_ns = now_ns() + FIRST_AFTER_NS,
	};
}

void progress_init(struct progress *progress, FILE *stream)
{
	progress_init_clock(progress, isatty(fileno(stream)) ? stream : NULL, clock_monotonic_ns);
}

void progress_update(struct progress *progress, const char *what, size_t done, size_t total)
{
	uint64_t now_ns = progress->now_ns();

	if (!progress->stream || now_ns < progress->next_ns)
		return;
	progress->next_ns = now_ns + EVERY_NS;
	progress->shown = true;
	if (total)
		fprintf(progress->stream, "\r%s: %d%%\033[K", what,
			(int)(100.0 * (double)done / (double)total));
	else
		fprintf(progress->stream, "\r%s: %zu\033[K", what, done);
	fflush(progress->stream);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", progress->stream);
	progress->shown = false;
}
