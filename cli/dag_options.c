#include "cli/dag_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/option_rules.h"
#include "runner/payload.h"
#include "runner/pool.h"

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

static int take_policies(void *context, const char *verb, const char *option)
{
	(void)verb, (void)option;
	return add_each(context, optarg, add_policy);
}

static int take_orders(void *context, const char *verb, const char *option)
{
	(void)verb, (void)option;
	return add_each(context, optarg, add_order);
}

static int take_keep(void *context, const char *verb, const char *option)
{
	struct dag_options *options = context;
	const char **keep = reallocarray(options->keep, options->keep_count + 1, sizeof *keep);

	if (!keep)
		return message_usage(verb, "no memory for --%s", option);
	options->keep = keep;
	keep[options->keep_count++] = optarg;
	return 0;
}

static int read_size(const char *verb, const char *option, uint64_t *bytes)
{
	struct error err;

	if (units_parse_size(optarg, bytes, &err) != 0)
		return message_usage(verb, "--%s: %s", option, err.message);
	return *bytes ? 0 : message_usage(verb, "--%s: must be more than 0", option);
}

static int take_budget(void *context, const char *verb, const char *option)
{
	return read_size(verb, option, &((struct dag_options *)context)->budget_bytes);
}

static int take_memory_limit(void *context, const char *verb, const char *option)
{
	return read_size(verb, option, &((struct dag_options *)context)->limit_bytes);
}

static int take_scale(void *context, const char *verb, const char *option)
{
	struct dag_options *options = context;
	char *end;

	(void)option;
	options->build.scale = strtod(optarg, &end);
	if (*end || end == optarg || !isfinite(options->build.scale) || options->build.scale < 0)
		return message_usage(verb, "--scale: '%s' is no factor", optarg);
	return 0;
}

static int take_jobs(void *context, const char *verb, const char *option)
{
	struct dag_options *options = context;
	char *end;
	unsigned long jobs = strtoul(optarg, &end, 10);

	(void)option;
	if (*end || end == optarg || optarg[0] == '-' || jobs < 1 || jobs > POOL_WORKERS_MAX)
		return message_usage(verb, "--jobs: '%s' is not from 1 to %d", optarg, POOL_WORKERS_MAX);
	options->jobs = (unsigned)jobs;
	return 0;
}

static int take_payload(void *context, const char *verb, const char *option)
{
	struct dag_options *options = context;

	(void)option;
	for (const char *const *known = payload_names; *known; known++)
		if (strcmp(*known, optarg) == 0) {
			options->payload = *known;
			return 0;
		}
	return message_usage(verb, "there is no payload '%s'", optarg);
}

#define FLAG(name, member) OPTION_FLAG(name, 0, struct dag_options, member)
#define CALL(name, letter, take) OPTION_CALL(name, letter, required_argument, take)

static const struct option_rule RULES[] = {
	CALL("policy", 0, take_policies),
	CALL("order", 0, take_orders),
	CALL("keep", 0, take_keep),
	CALL("scale", 0, take_scale),
	FLAG("transients", build.transients),
	CALL("jobs", 'j', take_jobs),
	CALL("budget", 0, take_budget),
	CALL("memory-limit", 0, take_memory_limit),
	CALL("payload", 0, take_payload),
	FLAG("no-trace", untraced),
	OPTION_TEXT("output", 'o', struct dag_options, output),
	FLAG("ascii", ascii),
	FLAG("json", json),
	OPTION_TEXT("status-file", 0, struct dag_options, status_file),
	OPTION_RULES_END
};

int dag_options_parse(struct dag_options *options, struct context *context, int argc,
		      char **argv)
{
	int code;

	*options = (struct dag_options){ .build = { .scale = 1.0 }, .jobs = 1, .payload = payload_names[0] };
	optind = 0;     /* as getopt_long(3) has it: begin anew */
	code = option_rules_parse(RULES, options, context, "dag", argc, argv);
	if (code != 0)
		return code;
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
