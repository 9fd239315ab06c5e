#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "reports/report.h"
#include "reports/xml_text.h"
#include "sample_views.h"

static const struct report_options PLAIN = { .source_root = NULL };

/* Golden files outlive versions. */
static void without_version(char *text, size_t *length)
{
	static const char version[] = "\"version\": \"" DAGMEM_VERSION "\"";
	char *found = strstr(text, version);

	if (!found)
		return;
	memmove(found, found + strlen(version), strlen(found + strlen(version)) + 1);
	*length -= strlen(version);
}

static void assert_renders(const char *golden, const struct report *report,
			   const struct report_options *options)
{
	struct view_check view = sample_check();
	struct error err = ERROR_INIT;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	assert_int_equal(report->check(&view, options, out, &err), 0);
	assert_int_equal(fclose(out), 0);
	without_version(text, &length);
	assert_golden(golden, text, length);
	free(text);
}

static void text_names_what_failed_and_what_is_behind_it(void **state)
{
	(void)state;
	assert_renders("check.txt", &report_text, &PLAIN);
}

static void json_has_every_number(void **state)
{
	(void)state;
	assert_renders("check.json", &report_json, &PLAIN);
}

static void junit_has_a_case_a_check(void **state)
{
	(void)state;
	assert_renders("check.xml", &report_junit, &PLAIN);
}

static void markdown_lets_no_name_be_markup(void **state)
{
	(void)state;
	assert_renders("check.md", &report_markdown, &PLAIN);
}

static void sarif_tells_places_from_the_source_root(void **state)
{
	struct report_options rooted = { .source_root = "/home/user/project" };

	(void)state;
	assert_renders("check.sarif", &report_sarif, &rooted);
	assert_renders("check_absolute.sarif", &report_sarif, &PLAIN);
}

static void xml_holds_no_raw_markup_and_no_forbidden_character(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	xml_print("a<b>&\"c\"\n\t\x01\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd\xc3\xa4", out);
	fclose(out);
	assert_string_equal(text, "a&lt;b&gt;&amp;&quot;c&quot;&#10;????\xef\xbf\xbd\xc3\xa4");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_names_what_failed_and_what_is_behind_it),
		cmocka_unit_test(json_has_every_number),
		cmocka_unit_test(junit_has_a_case_a_check),
		cmocka_unit_test(markdown_lets_no_name_be_markup),
		cmocka_unit_test(sarif_tells_places_from_the_source_root),
		cmocka_unit_test(xml_holds_no_raw_markup_and_no_forbidden_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
