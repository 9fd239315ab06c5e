#include "cli/dag_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "runner/payload.h"
#include "runner/pool.h"

enum {
	OPTION_POLICY = 256, OPTION_ORDER, OPTION_KEEP, OPTION_SCALE, OPTION_TRANSIENTS, OPTION_BUDGET,
	OPTION_LIMIT, OPTION_PAYLOAD, OPTION_NO_TRACE, OPTION_ASCII, OPTION_JSON, OPTION_STATUS_FILE,
};

static const struct option OPTIONS[] = {
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "order", required_argument, NULL, OPTION_ORDER },
	{ "keep", required_argument, NULL, OPTION_KEEP },
	{ "scale", required_argument, NULL, OPTION_SCALE },
	{ "transients", no_argument, NULL, OPTION_TRANSIENTS },
	{ "jobs", required_argument, NULL, 'j' },
	{ "budget", required_argument, NULL, OPTION_BUDGET },
	{ "memory-limit", required_argument, NULL, OPTION_LIMIT },
	{ "payload", required_argument, NULL, OPTION_PAYLOAD },
	{ "no-trace", no_argument, NULL, OPTION_NO_TRACE },
	{ "output", required_argument, NULL, 'o' },
	{ "ascii", no_argument, NULL, OPTION_ASCII },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "status-file", required_argument, NULL, OPTION_STATUS_FILE },
	{ NULL, 0, NULL, 0 },
};

static int add_policy(struct dag_options *options, const char *name)
{
	const struct policy *policy = policy_find(name);

	if (!policy)
		return message_usage("dag", "there is no policy '%s'", name);
	if (options->policy_count == DAG_LIST_MAX)
		return message_usage("dag", "more than %d policies", DAG_LIST_MAX);
	options->policies[options->policy_count++] = policy;
	return 0;
}

static int add_order(struct dag_options *options, const char *name)
{
	const struct order *order = order_find(name);

	if (!order)
		return message_usage("dag", "there is no order '%s'", name);
	if (options->order_count == DAG_LIST_MAX)
		return message_usage("dag", "more than %d orders", DAG_LIST_MAX);
	options->orders[options->order_count++] = order;
	return 0;
}

/* "a,b,c": each name in turn. */
static int add_each(struct dag_options *options, const char *list,
		    int (*add)(struct dag_options *options, const char *name))
{
	char *copy = strdup(list);
	int code = copy ? 0 : message_usage("dag", "no memory for '%s'", list);

	for (char *rest = copy; code == 0 && rest; )
		code = add(options, strsep(&rest, ","));
	free(copy);
	return code;
}

static int add_keep(struct dag_options *options, const char *name)
{
	const char **keep = reallocarray(options->keep, options->keep_count + 1, sizeof *keep);

	if (!keep)
		return message_usage("dag", "no memory for --keep");
	options->keep = keep;
	keep[options->keep_count++] = name;
	return 0;
}

static int read_size(const char *option, const char *text, uint64_t *bytes)
{
	struct error err;

	if (units_parse_size(text, bytes, &err) != 0)
		return message_usage("dag", "%s: %s", option, err.message);
	return *bytes ? 0 : message_usage("dag", "%s: must be more than 0", option);
}

static int read_scale(struct dag_options *options, const char *text)
{
	char *end;

	options->build.scale = strtod(text, &end);
	if (*end || end == text || !isfinite(options->build.scale) || options->build.scale < 0)
		return message_usage("dag", "--scale: '%s' is no factor", text);
	return 0;
}

static int read_jobs(struct dag_options *options, const char *text)
{
	char *end;
	unsigned long jobs = strtoul(text, &end, 10);

	if (*end || end == text || text[0] == '-' || jobs < 1 || jobs > POOL_WORKERS_MAX)
		return message_usage("dag", "--jobs: '%s' is not from 1 to %d", text, POOL_WORKERS_MAX);
	options->jobs = (unsigned)jobs;
	return 0;
}

static int read_payload(struct dag_options *options, const char *name)
{
	for (const char *const *known = payload_names; *known; known++)
		if (strcmp(*known, name) == 0) {
			options->payload = *known;
			return 0;
		}
	return message_usage("dag", "there is no payload '%s'", name);
}

static int take_option(struct dag_options *options, int option)
{
	switch (option) {
	case OPTION_POLICY:
		return add_each(options, optarg, add_policy);
	case OPTION_ORDER:
		return add_each(options, optarg, add_order);
	case OPTION_KEEP:
		return add_keep(options, optarg);
	case OPTION_SCALE:
		return read_scale(options, optarg);
	case OPTION_TRANSIENTS:
		options->build.transients = true;
		return 0;
	case 'j':
		return read_jobs(options, optarg);
	case OPTION_BUDGET:
		return read_size("--budget", optarg, &options->budget_bytes);
	case OPTION_LIMIT:
		return read_size("--memory-limit", optarg, &options->limit_bytes);
	case OPTION_PAYLOAD:
		return read_payload(options, optarg);
	case OPTION_NO_TRACE:
		options->untraced = true;
		return 0;
	case 'o':
		options->output = optarg;
		return 0;
	case OPTION_ASCII:
		options->ascii = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_STATUS_FILE:
		options->status_file = optarg;
		return 0;
	default:
		return EXIT_USAGE;
	}
}

int dag_options_parse(struct dag_options *options, struct context *context, int argc,
		      char **argv)
{
	int option;

	*options = (struct dag_options){ .build = { .scale = 1.0 }, .jobs = 1, .payload = payload_names[0] };
	optind = 0;     /* as getopt_long(3) has it: begin anew */
	while ((option = options_next(context, "dag", argc, argv, ":j:o:", OPTIONS)) != -1) {
		int code = take_option(options, option);

		if (code != 0)
			return code;
	}
	if (optind == argc)
		return message_usage("dag", "which DAG? a file, or a generator such as chain:100:1MiB");
	if (optind + 1 < argc)
		return message_usage("dag", "one DAG at a time, not '%s'", argv[optind + 1]);
	options->source = argv[optind];
	return 0;
}

void dag_options_release(struct dag_options *options)
{
	free(options->keep);
	options->keep = NULL;
}
