/*
 * dag compare: each policy in a process of its own, then one table, what the
 * last holds less than the first by line, and both over time.
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/dataset.h"
#include "analyzer/info.h"
#include "base/error.h"
#include "base/progress.h"
#include "cli/dag_child.h"
#include "cli/dag_plot.h"
#include "cli/message.h"

/* Where the profiles go: the user's folder, or one that is removed at the end. */
struct folder {
	char path[PATH_MAX];
	bool temporary;
};

static int folder_open(struct folder *folder, const char *wanted, struct error *err)
{
	const char *parent = getenv("TMPDIR");

	folder->temporary = !wanted;
	if (wanted) {
		snprintf(folder->path, sizeof folder->path, "%s", wanted);
		if (mkdir(wanted, 0777) != 0 && errno != EEXIST)
			return error_system(err, errno, "%s", wanted);
		return 0;
	}
	snprintf(folder->path, sizeof folder->path, "%s/dagmem-dag.XXXXXX",
		 parent && *parent ? parent : "/tmp");
	return mkdtemp(folder->path) ? 0 : error_system(err, errno, "%s", folder->path);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void folder_close(const struct folder *folder)
{
	if (folder->temporary)
		nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The heap's peak as the tracer saw it, also of a run that was killed. */
static void read_heap_peak(struct dag_record *record)
{
	struct dataset_options options = { .no_cache = true };
	struct view_info info = { .threads = 0 };
	struct dataset *data = NULL;
	struct error err;

	if (dataset_open(&data, record->profile, &options, &err) == 0 &&
	    info_read(data, &info, &err) == 0)
		record->heap_peak_bytes = info.totals.peak_bytes;
	else
		message("%s: %s", record->policy, err.message);
	view_info_free(&info);
	dataset_free(data);
}

static int run_one(const struct dag_options *options, const struct policy *policy,
		   const struct order *order, const struct folder *folder, struct progress *progress,
		   struct dag_record *record, struct error *err)
{
	if (!options->untraced) {
		int length = snprintf(record->profile, sizeof record->profile, "%s/%s-%s.dagmem",
				      folder->path, policy->name, order->name);

		if (length >= (int)sizeof record->profile)
			return error_set(err, ERROR_USAGE, "%s: too long", folder->path);
		unlink(record->profile);
	}
	int code = dag_child_run(options, policy, order, options->untraced ? NULL : record->profile,
				 progress, record, err);

	progress_end(progress);
	if (code == 0 && !options->untraced)
		read_heap_peak(record);
	return code;
}

static int run_all(const struct dag *dag, const struct dag_options *options,
		   const struct folder *folder, struct dag_record *records, struct error *err)
{
	struct progress progress;
	int code = 0;

	progress_init(&progress, stderr);
	for (size_t i = 0; code == 0 && i < options->order_count * options->policy_count; i++) {
		const struct policy *policy = options->policies[i % options->policy_count];
		const struct order *order = options->orders[i / options->policy_count];

		records[i] = dag_record_of(dag, policy, order);
		code = run_one(options, policy, order, folder, &progress, &records[i], err);
	}
	return code;
}

/* By line, when the heap was largest: `dagmem diff` of two of the profiles. */
static void show_diff(const struct context *context, const struct dag_record *first,
		      const struct dag_record *last)
{
	char *arguments[] = { "diff", (char *)first->profile, (char *)last->profile, "-n", "5",
			      "--metric", "peak", NULL };
	struct context own = *context;

	printf("\nAt the heap's peak, %s against %s:\n", last->policy, first->policy);
	fflush(stdout);
	optind = 0;
	command_diff.run(&own, 7, arguments);
}

/* Text only: the most telling pair is the first against the last. */
static void show_pair(const struct context *context, const struct dag_options *options,
		      const struct dag_record *records, size_t count)
{
	struct error err;

	if (options->untraced || count < 2)
		return;
	show_diff(context, &records[0], &records[count - 1]);
	printf("\n");
	if (dag_plot_print(&records[0], &records[count - 1], context->colour, options->ascii, stdout,
			   &err) != 0)
		message("%s", err.message);
}

static void forget_profiles(struct dag_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		records[i].profile[0] = '\0';
}

static int show_all(const struct context *context, const struct dag *dag,
		    const struct dag_options *options, const struct folder *folder,
		    struct dag_record *records, size_t count)
{
	if (options->json) {
		if (folder->temporary)
			forget_profiles(records, count);
		return dag_show(dag, options, records, count);
	}
	int exit_code = dag_show(dag, options, records, count);

	show_pair(context, options, records, count);
	return exit_code;
}

static int compare(const struct context *context, struct dag *dag, struct dag_options *options,
		   struct error *err, int *exit_code)
{
	size_t count = options->order_count * options->policy_count;
	struct dag_record *records = calloc(count, sizeof *records);
	struct folder folder = { "", false };

	if (!records)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %zu runs", count);
	int code = folder_open(&folder, options->output, err);
	if (code == 0) {
		code = run_all(dag, options, &folder, records, err);
		if (code == 0)
			*exit_code = show_all(context, dag, options, &folder, records, count);
		folder_close(&folder);
	}
	free(records);
	return code;
}

int dag_compare(const struct context *context, struct dag_options *options, char **argv)
{
	struct error err;
	struct dag dag;
	int exit_code = EXIT_OK;

	(void)argv;
	int code = dag_load_for_runs(&dag, options, &err);
	if (code == 0)
		code = compare(context, &dag, options, &err, &exit_code);
	dag_release(&dag);
	return code == 0 ? exit_code : message_error(&err);
}
