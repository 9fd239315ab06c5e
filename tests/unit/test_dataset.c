/* dataset: a profile's store, made once and again when it must be, and asked in SQL. */
#include "profile_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/sql.h"

static void a_profile_is_imported_once_and_again_when_it_changes(void **state)
{
	struct profile_stage *stage = *state;
	struct stat first, second;
	char store[160];

	snprintf(store, sizeof store, "%s.db", stage->profile);
	profile_stage_open(stage);
	assert_string_equal(dataset_store_path(stage->data), store);
	assert_int_equal(stat(store, &first), 0);
	assert_int_equal(first.st_mode & 0777, 0600);
	dataset_free(stage->data);
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), 0);
	assert_int_equal(stat(store, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);

	builder_charge(stage->builder, stage->g, 1, 1000, 0);
	builder_header(stage->builder)->peak_bytes = 99;
	profile_stage_open(stage);
	struct view_top view = profile_stage_top(stage, (struct query_options){ .limit = 1 });

	assert_int_equal(view.rows[0].bytes, 1500);
	assert_int_equal(view.peak_bytes, 99);
	view_top_free(&view);
}

/* As a second command does: the profile is not written again. */
static void open_again(struct profile_stage *stage)
{
	dataset_free(stage->data);
	stage->data = NULL;
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), 0);
}

static bool first_has_line(struct profile_stage *stage)
{
	struct view_top view = profile_stage_top(stage, (struct query_options){ .limit = 1 });
	bool has_line = view.rows[0].frame.line != 0;

	view_top_free(&view);
	return has_line;
}

static void a_profile_is_imported_again_when_a_debug_file_turns_up(void **state)
{
	struct profile_stage *stage = *state;

	assert_int_equal(workshop_run(stage->shop, "objcopy --only-keep-debug prog prog.debug && "
				      "strip prog && objcopy --add-gnu-debuglink=prog.debug prog && "
			     "mkdir aside && mv prog.debug aside"), 0);
	profile_stage_open(stage);
	assert_false(first_has_line(stage));
	open_again(stage);
	assert_false(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "mv aside/prog.debug ."), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
	assert_non_null(dataset_store_path(stage->data));
}

static void lines_are_kept_when_the_program_is_built_anew(void **state)
{
	struct profile_stage *stage = *state;

	profile_stage_open(stage);
	assert_true(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "gcc -g -O1 -Wl,--build-id -o prog prog.c"), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
	assert_int_equal(workshop_run(stage->shop, "rm prog"), 0);
	open_again(stage);
	assert_true(first_has_line(stage));
}

static void the_store_alone_will_do(void **state)
{
	struct profile_stage *stage = *state;
	char store[160];

	profile_stage_open(stage);
	snprintf(store, sizeof store, "%s", dataset_store_path(stage->data));
	dataset_free(stage->data);
	stage->data = NULL;
	unlink(stage->profile);
	assert_int_equal(dataset_open(&stage->data, store, NULL, &stage->err), 0);
	assert_int_equal(profile_stage_filtered(stage, NULL, NULL, false), 1200);
}

static void somebody_elses_file_is_never_overwritten(void **state)
{
	struct profile_stage *stage = *state;

	workshop_write(stage->shop, "p.dagmem.db", "my own notes\n");
	setenv("XDG_CACHE_HOME", stage->shop->path, 1);
	profile_stage_open(stage);
	assert_int_equal(workshop_run(stage->shop, "test \"$(cat p.dagmem.db)\" = 'my own notes'"), 0);
	assert_non_null(strstr(dataset_store_path(stage->data), "/dagmem/p.dagmem."));
	assert_int_equal(profile_stage_filtered(stage, NULL, NULL, false), 1200);
}

static void garbage_is_an_error_and_leaves_no_store(void **state)
{
	struct profile_stage *stage = *state;

	workshop_write(stage->shop, "p.dagmem", "garbage garbage garbage garbage");
	assert_int_equal(dataset_open(&stage->data, stage->profile, NULL, &stage->err), ERROR_FORMAT);
	assert_null(stage->data);
	assert_int_equal(workshop_run(stage->shop, "test ! -e p.dagmem.db"), 0);
}

struct collected {
	char text[4096];
	int rows;
};

static int collect(void *context, int columns, const char *const *names, const char *const *values)
{
	struct collected *collected = context;

	for (int i = 0; i < columns; i++) {
		size_t used = strlen(collected->text);

		snprintf(collected->text + used, sizeof collected->text - used, "%s%s",
			 i ? "|" : "", values ? values[i] ? values[i] : "NULL" : names[i]);
	}
	strncat(collected->text, "\n", sizeof collected->text - strlen(collected->text) - 1);
	collected->rows += values != NULL;
	return 0;
}

static void sql_answers_but_never_changes(void **state)
{
	static const char *const refused[] = {
		"DELETE FROM account", "UPDATE account SET live_bytes = 0", "DROP TABLE node",
		"ATTACH '/tmp/dagmem-test-attached' AS other", "PRAGMA user_version = 7",
		"CREATE TABLE mine (x)", "SELEC 1",
	};
	struct profile_stage *stage = *state;
	struct collected collected = { "", 0 };

	profile_stage_open(stage);
	assert_int_equal(sql_run(stage->data, "SELECT function, live_bytes FROM top_functions"
				 " ORDER BY live_bytes DESC; -- and no more", collect, &collected,
				 &stage->err), 0);
	assert_string_equal(collected.text, "function|live_bytes\nf|700\ng|500\n");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_int_equal(sql_run(stage->data, refused[i], collect, &collected, &stage->err),
				 ERROR_USAGE);
	assert_int_equal(profile_stage_filtered(stage, NULL, NULL, false), 1200);
}

/* The next "```sql" block of `text`; NULL: no more. */
static char *next_example(const char **text)
{
	static const char opening[] = "```sql\n";
	const char *begin = strstr(*text, opening);
	const char *end = begin ? strstr(begin + strlen(opening), "```") : NULL;

	if (!end)
		return NULL;
	*text = end + 3;
	begin += strlen(opening);
	return strndup(begin, (size_t)(end - begin));
}

static char *read_text(const char *path)
{
	char *text = calloc(1, 1 << 16);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static void the_examples_of_the_schemas_document_give_rows(void **state)
{
	struct dag_result *result;
	struct profile_stage *stage = *state;
	struct snapshot_row row = { .account = stage->f, .allocations = 1, .allocated_bytes = 10 };
	char *document = read_text("docs/SCHEMA.md");
	const char *rest = document;
	int examples = 0;

	builder_snapshot(stage->builder, "early", SNAPSHOT_NAMED, 2000, &row, 1);
	builder_snapshot(stage->builder, "late", SNAPSHOT_NAMED, 3000, &row, 1);
	builder_sample(stage->builder, 2000, 10, 0, 1);
	result = builder_page(stage->builder, PAGE_RESULTS, 0, 0);
	result[0] = (struct dag_result){ .dag_node = 7, .bytes = 5, .produced_ns = 2000, .freed_ns = 2500 };
	profile_stage_open(stage);
	for (char *query; (query = next_example(&rest)); examples++) {
		struct collected collected = { "", 0 };

		if (sql_run(stage->data, query, collect, &collected, &stage->err))
			fail_msg("%s: %s", query, stage->err.message);
		assert_true(collected.rows > 0);
		free(query);
	}
	free(document);
	assert_int_equal(examples, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		on_stage(a_profile_is_imported_once_and_again_when_it_changes),
		on_stage(a_profile_is_imported_again_when_a_debug_file_turns_up),
		on_stage(lines_are_kept_when_the_program_is_built_anew),
		on_stage(the_store_alone_will_do),
		on_stage(somebody_elses_file_is_never_overwritten),
		on_stage(garbage_is_an_error_and_leaves_no_store),
		on_stage(sql_answers_but_never_changes),
		on_stage(the_examples_of_the_schemas_document_give_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
