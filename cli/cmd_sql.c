/* sql: read-only questions to a profile's store. */
#include "analyzer/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/dataset.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/message.h"
#include "cli/newest_profile.h"
#include "cli/option_rules.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/sql_table.h"

struct sql_args {
	struct arena arena;
	struct progress progress;
	enum sql_form form;
	bool debuginfod;
	const char *profile, *query, *output_path;
};

/* --- Queries ---------------------------------------------------------------- */

/* One statement's rows come after a row of its names: print what the one before has left. */
struct printer {
	struct sql_table table;
	enum sql_form form;
	FILE *out;
	struct error err;
};

static int flush_rows(struct printer *printer)
{
	int code = sql_table_print(&printer->table, printer->form, printer->out, &printer->err);

	sql_table_clear(&printer->table);
	return code;
}

static int take_row(void *context, int columns, const char *const *names, const char *const *values)
{
	struct printer *printer = context;

	if (!values && flush_rows(printer) != 0)
		return -1;
	if (sql_table_add(&printer->table, (size_t)columns, values ? values : names) == 0)
		return 0;
	error_set(&printer->err, ERROR_NO_MEMORY, "out of memory");
	return -1;
}

static int run_query(struct dataset *data, const char *query, enum sql_form form, FILE *out,
		     struct error *err)
{
	struct printer printer = { .table = SQL_TABLE_INIT, .form = form, .out = out };
	int code = sql_run(data, query, take_row, &printer, err);

	if (code == ERROR_CANCELLED)
		*err = printer.err;
	if (code == 0 && flush_rows(&printer) != 0) {
		*err = printer.err;
		code = err->code;
	}
	sql_table_clear(&printer.table);
	return code;
}

static int run_query_to(struct dataset *data, const struct sql_args *args, const char *query,
			struct error *err)
{
	struct error close_err;
	struct output output;
	int code = output_open(&output, args->output_path, err);

	if (code != 0)
		return code;
	code = run_query(data, query, args->form, output.stream, err);
	if (output_close(&output, code == 0, &close_err) != 0 && code == 0) {
		*err = close_err;
		code = err->code;
	}
	return code;
}

/* --- Without a query: standard input ----------------------------------------- */

static bool ends_statement(const struct text *statement)
{
	size_t length = statement->length;

	while (length && strchr(" \t\n", statement->data[length - 1]))
		length--;
	return length && statement->data[length - 1] == ';';
}

/* Statements as they are typed, each ended by a semicolon; a mistake does not end it. */
static void converse(struct dataset *data, const struct sql_args *args)
{
	struct text statement;
	char *line = NULL;
	size_t room = 0;

	text_init(&statement);
	for (;;) {
		struct error mistake;

		fputs(statement.length ? "   ...> " : "dagmem> ", stdout);
		fflush(stdout);
		if (getline(&line, &room, stdin) < 0)
			break;
		text_add(&statement, line);
		if (text_failed(&statement)) {
			message("no memory for the statement");
			text_release(&statement);
			continue;
		}
		if (!ends_statement(&statement))
			continue;
		if (run_query(data, statement.data, args->form, stdout, &mistake) != 0)
			message("%s", mistake.message);
		text_clear(&statement);
	}
	fputc('\n', stdout);
	free(line);
	text_release(&statement);
}

static int run_standard_input(struct dataset *data, const struct sql_args *args, struct error *err)
{
	struct text query;
	char bytes[4096];
	size_t length;

	text_init(&query);
	while ((length = fread(bytes, 1, sizeof bytes, stdin)) > 0)
		text_add_bytes(&query, bytes, length);
	int code;

	if (ferror(stdin))
		code = error_system(err, errno, "standard input");
	else if (text_failed(&query))
		code = error_set(err, ERROR_NO_MEMORY, "out of memory");
	else
		code = run_query_to(data, args, query.data, err);
	text_release(&query);
	return code;
}

/* --- The verb ---------------------------------------------------------------- */

static int take_json(void *context, const char *verb, const char *option)
{
	struct sql_args *args = context;

	(void)verb, (void)option;
	args->form = SQL_JSON;
	return 0;
}

static int take_csv(void *context, const char *verb, const char *option)
{
	struct sql_args *args = context;

	(void)verb, (void)option;
	args->form = SQL_CSV;
	return 0;
}

static int take_debuginfod(void *context, const char *verb, const char *option)
{
	struct sql_args *args = context;

	(void)option;
	args->debuginfod = true;
	return options_check_debuginfod(verb);
}

static const struct option_rule RULES[] = {
	OPTION_CALL("json", 0, no_argument, take_json),
	OPTION_CALL("csv", 0, no_argument, take_csv),
	OPTION_CALL("debuginfod", 0, no_argument, take_debuginfod),
	OPTION_TEXT("output", 'o', struct sql_args, output_path),
	OPTION_RULES_END
};

/* One argument is a profile when there is a file of that name, else a query. */
static int parse(struct sql_args *args, struct context *context, int argc, char **argv)
{
	int code = option_rules_parse(RULES, args, context, argv[0], argc, argv);

	if (code)
		return code;
	argc -= optind;
	argv += optind;
	if (argc > 2)
		return message_usage("sql", "one profile and one query, please: what is '%s'?", argv[2]);
	if (argc == 2 || (argc == 1 && access(argv[0], F_OK) == 0))
		args->profile = argv[0];
	if (argc == 2 || (argc == 1 && !args->profile))
		args->query = argv[argc - 1];
	return 0;
}

static void show_progress(void *context, const char *what, size_t done, size_t total)
{
	struct sql_args *args = context;

	progress_update(&args->progress, what, done, total);
}

static int open_profile(struct sql_args *args, bool quiet, struct dataset **data, struct error *err)
{
	struct dataset_options options = {
		.debuginfod = args->debuginfod,
		.progress = quiet ? NULL : show_progress, .context = args,
	};
	int code = args->profile ? 0 : newest_profile(&args->arena, &args->profile, err);

	progress_init(&args->progress, stderr);
	if (code == 0)
		code = dataset_open(data, args->profile, &options, err);
	progress_end(&args->progress);
	return code;
}

static int answer(struct dataset *data, const struct sql_args *args, struct error *err)
{
	if (args->query)
		return run_query_to(data, args, args->query, err);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return run_standard_input(data, args, err);
	converse(data, args);
	return 0;
}

static int run_sql(struct context *context, int argc, char **argv)
{
	struct sql_args args = { .form = SQL_TEXT };
	struct dataset *data = NULL;
	struct error err;
	int code = parse(&args, context, argc, argv);

	if (code == 0 && (open_profile(&args, context->quiet, &data, &err) != 0 ||
			  answer(data, &args, &err) != 0))
		code = message_error(&err);
	dataset_free(data);
	arena_release(&args.arena);
	return code;
}

const struct command command_sql = {
	.name = "sql",
	.synopsis = "[PROFILE] [QUERY] [OPTION...]",
	.summary = "Ask a profile in SQL, read-only; without QUERY from standard input",
	.options = "      --json, --csv      for programs\n"
		   "  -o, --output FILE      write there\n"
		   "      --debuginfod       ask the servers in DEBUGINFOD_URLS for debug information\n",
	.run = run_sql,
};
