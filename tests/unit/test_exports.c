#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "golden.h"
#include "reports/frame_label.h"
#include "reports/frame_tree.h"
#include "reports/gzip.h"
#include "reports/json_text.h"
#include "reports/protobuf.h"
#include "reports/report.h"
#include "reports/stack_value.h"
#include "sample_views.h"

static const struct report_options USUAL = { .prune = REPORT_PRUNE_USUAL };

static char *rendered(const struct report *report, const struct view_profile *view,
		      const struct report_options *options, size_t *length)
{
	char *text = NULL;
	struct error err = ERROR_INIT;
	FILE *out = open_memstream(&text, length);

	assert_non_null(out);
	if (report->profile(view, options, out, &err))
		fail_msg("%s: %s", report->name, err.message);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_renders(const char *golden, const struct report *report,
			   const struct view_profile *view, const struct report_options *options)
{
	size_t length = 0;
	char *text = rendered(report, view, options, &length);

	assert_golden(golden, text, length);
	free(text);
}

/* --- Forms -------------------------------------------------------------------- */

static void folded_has_callers_before_callees_and_inlined_ones_inside(void **state)
{
	struct view_profile view = sample_profile();
	struct report_options inverted = { .inverted = true, .lines = true };
	struct report_options by_node = { .by_node = true };

	(void)state;
	assert_renders("profile.folded", &report_folded, &view, &USUAL);
	assert_renders("profile_inverted.folded", &report_folded, &view, &inverted);
	assert_renders("profile_by_node.folded", &report_folded, &view, &by_node);
}

static void speedscope_samples_come_in_the_order_of_the_tree(void **state)
{
	struct view_profile view = sample_profile();

	(void)state;
	assert_renders("profile.speedscope.json", &report_speedscope, &view, &USUAL);
}

static void massif_has_a_curve_and_trees_where_they_are_known(void **state)
{
	struct view_profile view = sample_profile();
	struct report_options all = { .prune = 0 };

	(void)state;
	assert_renders("profile.massif.out", &report_massif, &view, &USUAL);
	view.stacks.filtered = true;    /* no curve of these is known */
	assert_renders("profile_filtered.massif.out", &report_massif, &view, &all);
}

static void massif_is_of_what_is_live(void **state)
{
	struct view_profile view = sample_profile();
	struct error err = ERROR_INIT;

	(void)state;
	view.stacks.metric = METRIC_TOTAL;
	assert_int_equal(report_massif.profile(&view, &USUAL, stdout, &err), ERROR_USAGE);
	view.stacks.metric = METRIC_LIVE;
	view.stacks.at = "loaded";
	assert_int_equal(report_massif.profile(&view, &USUAL, stdout, &err), ERROR_USAGE);
}

/* Of the JSON document the tables; other tests look at the views after them. */
static void assert_tables(const char *golden, const struct view_profile *view)
{
	size_t length = 0;
	char *text = rendered(&report_json, view, &USUAL, &length);
	char *end = strstr(text, ",\n\"timeline\"");

	assert_non_null(end);
	assert_golden(golden, text, (size_t)(end - text));
	free(text);
}

static void json_and_csv_hold_everything(void **state)
{
	struct view_profile view = sample_profile();

	(void)state;
	assert_tables("profile.json", &view);
	assert_renders("profile.csv", &report_csv, &view, &USUAL);
}

static void what_holds_nothing_is_still_well_formed(void **state)
{
	struct view_profile view = { .timeline = { .duration_ns = 5 } };
	struct view_place root = { 0 };
	struct view_call none = { 0, 0 };
	const char *outside = VIEW_OUTSIDE_NODES;

	(void)state;
	view.stacks = (struct view_stacks){
		.places = &root, .place_count = 1, .calls = &none, .call_count = 1,
		.nodes = &outside, .node_count = 1,
	};
	for (const struct report *const *report = REPORTS; *report; report++) {
		size_t length = 0;

		if ((*report)->profile)
			free(rendered(*report, &view, &USUAL, &length));
	}
	assert_renders("empty.speedscope.json", &report_speedscope, &view, &USUAL);
}

static void pictures_are_drawn_to_scale_with_every_name_escaped(void **state)
{
	struct view_profile view = sample_profile();
	struct report_options inverted = { .inverted = true, .by_node = true };
	struct view_span spans[] = { { 0, 1000000000 }, { 2000000000, 2000000001 } };
	struct view_lane lanes[] = {
		{ "join", spans, 2, 1000000001, 5000 }, { "a;\"<b>\"\t\xfe", spans, 1, 1, 1 },
	};

	(void)state;
	assert_renders("flamegraph.svg", &report_flamegraph, &view, &USUAL);
	assert_renders("flamegraph_inverted.svg", &report_flamegraph, &view, &inverted);
	view.timeline = sample_timeline();
	view.timeline.lanes = lanes;
	view.timeline.lane_count = 2;
	view.timeline.other_lanes = 3;
	assert_renders("timeline.svg", &report_timeline, &view, &USUAL);
}

/* What gunzip makes of it. */
static unsigned char *unpacked(const char *packed, size_t length, size_t *size)
{
	enum { ROOM = 1 << 20, GZIP = 31 };
	unsigned char *bytes = malloc(ROOM);
	z_stream stream = { .next_in = (unsigned char *)packed, .avail_in = (uInt)length,
			    .next_out = bytes, .avail_out = ROOM };

	assert_non_null(bytes);
	assert_int_equal(inflateInit2(&stream, GZIP), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	*size = stream.total_out;
	inflateEnd(&stream);
	return bytes;
}

static void pprof_is_the_same_bytes_each_time(void **state)
{
	struct view_profile view = sample_profile();
	size_t length = 0, size = 0;
	char *packed = rendered(&report_pprof, &view, &USUAL, &length);
	unsigned char *bytes = unpacked(packed, length, &size);

	(void)state;
	assert_golden("profile.pb", (char *)bytes, size);
	free(bytes);
	free(packed);
}

/* --- Trees --------------------------------------------------------------------- */

static struct frame_tree tree_of(const struct view_profile *view, struct frame_tree_options options)
{
	struct error err = ERROR_INIT;
	struct frame_tree tree;

	if (frame_tree_make(&tree, &view->stacks, NULL, &options, &err))
		fail_msg("%s", err.message);
	return tree;
}

static void sums_are_the_totals_however_the_tree_is_made(void **state)
{
	struct view_profile view = sample_profile();

	(void)state;
	for (unsigned i = 0; i < METRICS * 16; i++) {
		struct frame_tree_options options = {
			.metric = i / 16, .inverted = i & 1, .by_node = i & 2, .lines = i & 4,
			.prune = i & 8 ? 0.3 : 0,
		};
		struct frame_tree tree = tree_of(&view, options);
		uint64_t selves = 0;

		for (size_t n = 0; n < tree.node_count; n++)
			selves += tree.nodes[n].self;
		assert_int_equal(tree.nodes[0].sum, selves);
		assert_int_equal(selves, stack_weight(stack_total(&view.stacks, options.metric),
						      options.metric));
		frame_tree_release(&tree);
	}
}

static void siblings_come_by_size(void **state)
{
	struct view_profile view = sample_profile();
	struct frame_tree tree = tree_of(&view, (struct frame_tree_options){ .metric = METRIC_LIVE });
	size_t seen = 0;

	(void)state;
	for (uint32_t i = frame_tree_next(&tree, 0); i; i = frame_tree_next(&tree, i)) {
		uint32_t next = tree.nodes[i].next;

		assert_true(!next || tree.nodes[next].sum <= tree.nodes[i].sum);
		seen++;
	}
	assert_int_equal(seen + 1, tree.node_count);
	frame_tree_release(&tree);
}

static void what_is_pruned_is_counted_where_it_was(void **state)
{
	struct view_profile view = sample_profile();
	struct frame_tree_options options = { .metric = METRIC_LIVE, .prune = 0.5 };
	struct frame_tree tree = tree_of(&view, options);
	uint32_t rests = 0;

	(void)state;
	for (size_t i = 1; i < tree.node_count; i++) {
		rests += tree.nodes[i].pruned != 0;
		if (!tree.nodes[i].pruned)
			assert_true(tree.nodes[i].sum * 2 >= tree.nodes[0].sum);
		else
			assert_string_equal(tree.labels[tree.nodes[i].label], "(below 50 % each)");
	}
	assert_int_equal(rests, 2);     /* beside main, the stack not known; beside work, evil */
	frame_tree_release(&tree);
}

/* --- Small parts ----------------------------------------------------------------- */

static void assert_varint(uint64_t value, const char *bytes, size_t length)
{
	struct text text;

	text_init(&text);
	protobuf_varint(&text, value);
	assert_int_equal(text.length, length);
	assert_memory_equal(text.data, bytes, length);
	text_release(&text);
}

static void numbers_are_varints(void **state)
{
	(void)state;
	assert_varint(0, "\0", 1);
	assert_varint(127, "\x7f", 1);
	assert_varint(128, "\x80\x01", 2);
	assert_varint(300, "\xac\x02", 2);
	assert_varint(UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
}

static void messages_nest(void **state)
{
	struct text inner, outer;

	(void)state;
	text_init(&inner);
	text_init(&outer);
	protobuf_number(&inner, 1, 150);
	protobuf_number(&inner, 2, 0);          /* left out */
	protobuf_bytes(&outer, 3, &inner);
	protobuf_string(&outer, 2, "testing");
	assert_int_equal(outer.length, 14);
	assert_memory_equal(outer.data, "\x1a\x03\x08\x96\x01\x12\x07testing", 14);
	text_release(&inner);
	text_release(&outer);
}

static void strings_of_json_are_escaped(void **state)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	assert_int_equal(json_text("a\"b\\c\n\x01\xff\xc3\xa4", out), 0);
	assert_int_equal(json_text(NULL, out), 0);
	fclose(out);
	assert_string_equal(text, "\"a\\\"b\\\\c\\u000a\\u0001\xef\xbf\xbd\xc3\xa4\"null");
	free(text);
}

static void assert_label(struct view_frame frame, bool line, const char *expected)
{
	struct text text;

	text_init(&text);
	frame_label(&text, &frame, line);
	assert_string_equal(text.data, expected);
	text_release(&text);
}

static void labels_say_what_is_known(void **state)
{
	(void)state;
	assert_label((struct view_frame){ .function = "f", .file = "/a/b.c", .line = 7 }, true,
		     "f (b.c:7)");
	assert_label((struct view_frame){ .function = "f", .file = "/a/b.c", .line = 7 }, false, "f");
	assert_label((struct view_frame){ .module = "/lib/x.so", .module_offset = 0x1f }, true,
		     "x.so+0x1f");
	assert_label((struct view_frame){ .module_offset = 0x1f }, false, "unknown code at 0x1f");
	assert_label((struct view_frame){ .function = "a\nb\x7f" }, false, "a?b?");
	assert_label((struct view_frame){ .function = "" }, false, "?");
}

static void large_pieces_are_compressed_whole(void **state)
{
	enum { BYTES = 500000 };
	unsigned char *noise = malloc(BYTES), *back;
	char *packed = NULL;
	size_t length = 0, size = 0;
	struct gzip gzip;
	FILE *out = open_memstream(&packed, &length);

	(void)state;
	for (uint32_t i = 0, x = 1; i < BYTES; i++)
		noise[i] = (unsigned char)((x = x * 1664525 + 1013904223) >> 24);
	assert_int_equal(gzip_open(&gzip, out), 0);
	gzip_write(&gzip, noise, BYTES - 1);
	gzip_write(&gzip, noise + BYTES - 1, 1);
	gzip_close(&gzip);
	fclose(out);
	back = unpacked(packed, length, &size);
	assert_int_equal(size, BYTES);
	assert_memory_equal(back, noise, BYTES);
	free(back);
	free(packed);
	free(noise);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_has_callers_before_callees_and_inlined_ones_inside),
		cmocka_unit_test(speedscope_samples_come_in_the_order_of_the_tree),
		cmocka_unit_test(massif_has_a_curve_and_trees_where_they_are_known),
		cmocka_unit_test(massif_is_of_what_is_live),
		cmocka_unit_test(json_and_csv_hold_everything),
		cmocka_unit_test(what_holds_nothing_is_still_well_formed),
		cmocka_unit_test(pictures_are_drawn_to_scale_with_every_name_escaped),
		cmocka_unit_test(pprof_is_the_same_bytes_each_time),
		cmocka_unit_test(sums_are_the_totals_however_the_tree_is_made),
		cmocka_unit_test(siblings_come_by_size),
		cmocka_unit_test(what_is_pruned_is_counted_where_it_was),
		cmocka_unit_test(numbers_are_varints),
		cmocka_unit_test(messages_nest),
		cmocka_unit_test(strings_of_json_are_escaped),
		cmocka_unit_test(labels_say_what_is_known),
		cmocka_unit_test(large_pieces_are_compressed_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
