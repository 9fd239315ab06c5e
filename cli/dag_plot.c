#include "cli/dag_plot.h"

#include <unistd.h>

#include "analyzer/dataset.h"
#include "analyzer/timeline.h"
#include "base/error.h"
#include "base/units.h"
#include "cli/dag_record.h"
#include "reports/plot.h"

enum { ROWS = 12, LABEL_COLUMNS = 11, COLUMNS_MIN = 20 };

static int read_timeline(const char *profile, struct view_timeline *view, struct error *err)
{
	struct dataset_options options = { .no_cache = true };
	struct dataset *data = NULL;
	int code = dataset_open(&data, profile, &options, err);

	if (code == 0)
		code = timeline_read(data, view, err);
	dataset_free(data);
	return code;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct plot_shape shape_of(const struct view_timeline *first,
				  const struct view_timeline *second,
				  enum colour_choice colour, bool ascii)
{
	unsigned columns = terminal_columns(STDOUT_FILENO);

	return (struct plot_shape){
		.columns = (columns < COLUMNS_MIN ? COLUMNS_MIN : columns) - LABEL_COLUMNS - 1,
		.rows = ROWS,
		.duration_ns = larger(larger(first->duration_ns, second->duration_ns), 1),
		.max_value = larger(larger(first->peak_bytes, second->peak_bytes), 1),
		.ascii = ascii || !terminal_is_utf8(),
		.colour = terminal_wants_colour(STDOUT_FILENO, colour),
	};
}

static void print_rows(const struct plot *plot, const struct plot_shape *shape, FILE *out)
{
	for (unsigned row = 0; row < shape->rows; row++) {
		uint64_t value = row ? shape->max_value / 2 : shape->max_value;
		bool labelled = row == 0 || row == shape->rows / 2;

		fprintf(out, "%*s %s", LABEL_COLUMNS - 1, labelled ? units_size(value).text : "",
			shape->ascii ? "|" : "│");
		plot_print_row(plot, row, out);
		fputc('\n', out);
	}
	fprintf(out, "%*s %s0 s%*s\n", LABEL_COLUMNS - 1, "0 B", shape->ascii ? "+" : "└",
		(int)shape->columns - 3, units_duration(shape->duration_ns).text);
}

static int print(const struct view_timeline *first, const struct view_timeline *second,
		 const struct plot_shape *shape, FILE *out, struct error *err)
{
	struct plot *plot = plot_new(shape);

	if (!plot)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the plot");
	plot_area(plot, first->heap, first->heap_count);
	plot_line(plot, second->heap, second->heap_count);
	print_rows(plot, shape, out);
	plot_free(plot);
	return 0;
}

int dag_plot_print(const struct dag_record *first, const struct dag_record *second,
		   enum colour_choice colour, bool ascii, FILE *out, struct error *err)
{
	struct view_timeline one = { .peak_bytes = 0 }, two = { .peak_bytes = 0 };
	int code = read_timeline(first->profile, &one, err);

	if (code == 0)
		code = read_timeline(second->profile, &two, err);
	if (code == 0) {
		struct plot_shape shape = shape_of(&one, &two, colour, ascii);

		fprintf(out, "Heap over time: %s (filled) and %s (line)\n", first->policy, second->policy);
		code = print(&one, &two, &shape, out, err);
	}
	view_timeline_free(&one);
	view_timeline_free(&two);
	return code;
}
