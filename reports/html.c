#include "reports/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "reports/html_dag.h"
#include "reports/html_leaks.h"
#include "reports/html_tree.h"
#include "reports/pack.h"
#include "reports/page_bundle.h"
#include "reports/quality.h"
#include "reports/report.h"

/* A view as `--json` prints it. */
typedef int printer(const void *view, FILE *out, struct error *err);

static int print_info(const void *view, FILE *out, struct error *err)
{
	return report_json.info(view, &(struct report_options){ 0 }, out, err);
}

static int print_timeline(const void *view, FILE *out, struct error *err)
{
	return report_json.timeline(view, &(struct report_options){ 0 }, out, err);
}

static int add_part(struct pack *pack, const char *name, printer *print, const void *view,
		    struct error *err)
{
	char *json = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&json, &length);
	int status = stream ? print(view, stream, err) : -1;
	bool written = stream && fclose(stream) == 0;

	if (written && !status)
		pack_part(pack, name, json);
	free(json);
	if (stream && status)
		return status;
	return written ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for the page's data");
}

/* What is not known, in the words of the other reports: a text a line. */
static int add_unknown(struct pack *pack, const struct view_quality *view, struct error *err)
{
	char *lines = NULL, *rest;
	size_t length = 0;
	FILE *stream = open_memstream(&lines, &length);

	if (stream)
		quality_print(view, "", stream);
	if (!stream || fclose(stream) != 0) {
		free(lines);
		return error_set(err, ERROR_NO_MEMORY, "no memory for the page's data");
	}
	pack_column(pack, "unknown", PACK_UNSIGNED);
	rest = lines;
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			pack_number(pack, pack_text(pack, line));
	free(lines);
	return 0;
}

static int add_view(struct pack *pack, const struct view_report *view, struct error *err)
{
	int status = add_part(pack, "info", print_info, &view->info, err);

	if (!status)
		status = add_part(pack, "timeline", print_timeline, &view->timeline, err);
	if (!status)
		status = add_unknown(pack, &view->info.quality, err);
	if (status)
		return status;
	html_tree_pack(pack, view);
	html_leaks_pack(pack, &view->leaks);
	return html_dag_pack(pack, &view->dag) ?
		error_set(err, ERROR_NO_MEMORY, "no memory to lay the DAG out") : 0;
}

static int write_view(const struct view_report *view, FILE *out, struct error *err)
{
	struct pack pack;

	pack_init(&pack);
	int status = add_view(&pack, view, err);

	fputs("<script type=\"application/octet-stream\" class=\"data\">", out);
	if (!status)
		status = pack_write(&pack, out, err);
	fputs("</script>\n", out);
	pack_release(&pack);
	return status;
}

/* Where the data goes; NULL: there is no page. */
static const char *find_mark(const char **page, size_t *length)
{
	*page = page_bundle(length);
	return *length ? memmem(*page, *length, PAGE_DATA_MARK, strlen(PAGE_DATA_MARK)) : NULL;
}

bool html_is_built(void)
{
	const char *page;
	size_t length;

	return find_mark(&page, &length) != NULL;
}

int html_write(const struct view_report *const *views, size_t count, FILE *out, struct error *err)
{
	const char *page;
	size_t length;
	const char *mark = find_mark(&page, &length);
	int status = 0;

	if (!mark)
		return error_set(err, ERROR_NOT_FOUND, "this dagmem was built without npm, "
				 "so it has no page to show a profile in");
	const char *rest = mark + strlen(PAGE_DATA_MARK);

	fwrite(page, 1, (size_t)(mark - page), out);
	for (size_t i = 0; i < count && !status; i++)
		status = write_view(views[i], out, err);
	fwrite(rest, 1, length - (size_t)(rest - page), out);
	return status;
}
