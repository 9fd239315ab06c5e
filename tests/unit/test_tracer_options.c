#include "tracer/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options *parse(const char *text)
{
	static struct options options;

	memset(&options, 0, sizeof options);
	options_parse(&options, text);
	return &options;
}

static void without_options_there_are_defaults(void **state)
{
	static const char *const nothing[] = { NULL, "", ",", ",,," };

	(void)state;
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		const struct options *options = parse(nothing[i]);

		assert_string_equal(options->out, "");
		assert_string_equal(options->preload, "");
		assert_true(options->follow);
		assert_true(options->record_argv);
		assert_int_equal(options->max_profile_bytes, 1u << 30);
		assert_int_equal(options->check_every, 0);
		assert_int_equal(options->run_id, 0);
		assert_string_equal(options->unknown, "");
	}
}

static void every_key_is_understood(void **state)
{
	const struct options *options = parse("out=/tmp/%e.%p,follow=0,run=1a2B3c4d5e6f7788,"
					      "max=1234567890123,argv=0,preload=/x.so,check=17");

	(void)state;
	assert_string_equal(options->out, "/tmp/%e.%p");
	assert_string_equal(options->preload, "/x.so");
	assert_false(options->follow);
	assert_false(options->record_argv);
	assert_int_equal(options->run_id, 0x1a2b3c4d5e6f7788);
	assert_int_equal(options->max_profile_bytes, 1234567890123);
	assert_int_equal(options->check_every, 17);
	assert_string_equal(options->unknown, "");
}

static void leak_checks_are_chosen_by_words(void **state)
{
	const struct options *options = parse("leaks=exit+snapshots,graph=1,tagged=1");

	(void)state;
	assert_true(options->leaks_at_exit && options->leaks_at_snapshots);
	assert_true(options->leak_graph && options->leak_tagged);
	options = parse("leaks=exit");
	assert_true(options->leaks_at_exit);
	assert_false(options->leaks_at_snapshots || options->leak_graph || options->leak_tagged);
	options = parse("leaks=exit,leaks=0");
	assert_false(options->leaks_at_exit);
	assert_string_equal(options->unknown, "");
	assert_string_equal(parse("leaks=exits")->unknown, "leaks");
	assert_string_equal(parse("leaks=exit+often")->unknown, "leaks");
}

static void commas_and_percents_come_encoded(void **state)
{
	(void)state;
	assert_string_equal(parse("out=a%2Cb%2cc%25d")->out, "a,b,c%d");
	assert_string_equal(parse("out=%0Ax")->out, "\nx");
	/* A pattern's letters are no encoding, even where they are hexadecimal. */
	assert_string_equal(parse("out=%p-%e-%41-%%")->out, "%p-%e-%41-%%");
	assert_string_equal(parse("out=x%2")->out, "x%2");
	assert_string_equal(parse("out=x%")->out, "x%");
	assert_string_equal(parse("out=x%2,argv=0")->out, "x%2");
	assert_string_equal(parse("out=a=b")->out, "a=b");
}

static void the_first_unknown_key_is_remembered(void **state)
{
	char text[300] = "";

	(void)state;
	assert_string_equal(parse("follow=1,colour=red,sound=loud")->unknown, "colour");
	assert_string_equal(parse("nonsense")->unknown, "nonsense");
	memset(text, 'k', sizeof text - 1);
	assert_int_equal(strlen(parse(text)->unknown), sizeof parse(text)->unknown - 1);
}

static void values_too_long_are_cut(void **state)
{
	static char text[3 * OPTION_PATH_MAX] = "argv=0,out=";
	const struct options *options;

	(void)state;
	memset(text + strlen(text), 'o', 2 * OPTION_PATH_MAX);
	options = parse(text);
	assert_int_equal(strlen(options->out), OPTION_PATH_MAX - 1);
	assert_string_equal(options->preload, "");
	assert_false(options->record_argv);
}

static void a_variable_is_found_by_its_whole_name(void **state)
{
	char *environment[] = { "AB=1", "A=2", "EMPTY=", "BROKEN", NULL };

	(void)state;
	assert_string_equal(options_getenv(environment, "A"), "2");
	assert_string_equal(options_getenv(environment, "AB"), "1");
	assert_string_equal(options_getenv(environment, "EMPTY"), "");
	assert_null(options_getenv(environment, "BROKEN"));
	assert_null(options_getenv(environment, "B"));
	assert_null(options_getenv(NULL, "A"));
}

/* What LD_PRELOAD is after cleaning, NULL when it is gone. */
static const char *cleaned(const char *preload, const char *ours)
{
	static char variable[256];
	static char *environment[5];
	static struct options options;

	strcpy(variable, "LD_PRELOAD=");
	strcat(variable, preload);
	environment[0] = "PATH=/bin";
	environment[1] = "DAGMEM_OPTIONS=out=x";
	environment[2] = variable;
	environment[3] = "DAGMEM_OPTIONS_NOT=1";
	environment[4] = NULL;
	strcpy(options.preload, ours);
	options_clean_environment(&options, environment);
	assert_string_equal(options_getenv(environment, "PATH"), "/bin");
	assert_string_equal(options_getenv(environment, "DAGMEM_OPTIONS_NOT"), "1");
	assert_null(options_getenv(environment, "DAGMEM_OPTIONS"));
	return options_getenv(environment, "LD_PRELOAD");
}

static void the_program_sees_the_preload_list_its_user_gave(void **state)
{
	(void)state;
	assert_null(cleaned("/d.so", "/d.so"));
	assert_string_equal(cleaned("/a.so:/d.so", "/d.so"), "/a.so");
	assert_string_equal(cleaned("/d.so:/a.so", "/d.so"), "/a.so");
	assert_string_equal(cleaned("/a.so:/d.so:/b.so", "/d.so"), "/a.so:/b.so");
	assert_string_equal(cleaned("/a.so /d.so /b.so", "/d.so"), "/a.so /b.so");
	assert_string_equal(cleaned("/a.so /d.so", "/d.so"), "/a.so");
	assert_string_equal(cleaned("/d.so:/n.so:/a.so", "/d.so:/n.so"), "/a.so");
	assert_null(cleaned("/d.so:/n.so", "/d.so:/n.so"));
}

static void names_that_only_contain_ours_stay(void **state)
{
	(void)state;
	assert_string_equal(cleaned("/x/d.so:/d.so.1", "/d.so"), "/x/d.so:/d.so.1");
	assert_string_equal(cleaned("/x/d.so:/d.so", "/d.so"), "/x/d.so");
	assert_string_equal(cleaned("/a.so", "/d.so"), "/a.so");
	assert_string_equal(cleaned("/a.so", ""), "/a.so");
	assert_null(cleaned("", "/d.so"));
}

static void without_a_preload_nothing_but_the_options_goes(void **state)
{
	char *environment[] = { "DAGMEM_OPTIONS=x", "A=1", "DAGMEM_OPTIONS=y", NULL };
	static const struct options options = { .preload = "/d.so" };

	(void)state;
	options_clean_environment(&options, environment);
	assert_string_equal(environment[0], "A=1");
	assert_null(environment[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_there_are_defaults),
		cmocka_unit_test(every_key_is_understood),
		cmocka_unit_test(leak_checks_are_chosen_by_words),
		cmocka_unit_test(commas_and_percents_come_encoded),
		cmocka_unit_test(the_first_unknown_key_is_remembered),
		cmocka_unit_test(values_too_long_are_cut),
		cmocka_unit_test(a_variable_is_found_by_its_whole_name),
		cmocka_unit_test(the_program_sees_the_preload_list_its_user_gave),
		cmocka_unit_test(names_that_only_contain_ours_stay),
		cmocka_unit_test(without_a_preload_nothing_but_the_options_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
