/*
 * pprof: profile.proto in gzip, as Go's heap profiles are:
 * https://github.com/google/pprof/blob/main/proto/profile.proto
 *
 * The four sample types of Go in their order, then what is known beside them.
 * Every place of code is a Location with its Mapping; functions inlined into
 * each other are its Lines, innermost first.  DAG nodes are labels.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "analyzer/view_stacks.h"
#include "base/map.h"
#include "reports/clean.h"
#include "reports/frame_label.h"
#include "reports/gzip.h"
#include "reports/protobuf.h"
#include "reports/quality.h"
#include "reports/report.h"

/* Fields of the messages. */
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION, PROFILE_FUNCTION,
       PROFILE_STRING_TABLE, PROFILE_TIME_NANOS = 9, PROFILE_DURATION_NANOS, PROFILE_PERIOD_TYPE,
       PROFILE_PERIOD, PROFILE_COMMENT, PROFILE_DEFAULT_SAMPLE_TYPE };
enum { VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT };
enum { SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE, SAMPLE_LABEL };
enum { LABEL_KEY = 1, LABEL_STR };
enum { MAPPING_ID = 1, MAPPING_START, MAPPING_LIMIT, MAPPING_OFFSET, MAPPING_FILENAME,
       MAPPING_BUILD_ID, MAPPING_HAS_FUNCTIONS, MAPPING_HAS_FILENAMES, MAPPING_HAS_LINE_NUMBERS,
       MAPPING_HAS_INLINE_FRAMES };
enum { LOCATION_ID = 1, LOCATION_MAPPING_ID, LOCATION_ADDRESS, LOCATION_LINE };
enum { LINE_FUNCTION_ID = 1, LINE_LINE };
enum { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_SYSTEM_NAME, FUNCTION_FILENAME };

struct encoder {
	const struct view_stacks *view;
	struct gzip gzip;
	struct arena arena;
	struct intern strings;          /* pprof's string table */
	struct map functions;           /* (name, file) -> id */
	uint32_t *function_of;          /* by frame */
	struct text message, function;  /* that are being put together */
	struct text piece, part, label;
	bool failed;
};

/* --- Strings and messages --------------------------------------------------- */

static uint64_t string(struct encoder *to, const char *value)
{
	char *clean = clean_utf8(value ? value : "");
	uint32_t number = clean ? intern_add(&to->strings, clean) : MAP_NONE;

	free(clean);
	to->failed |= number == MAP_NONE;
	return number;
}

/* A message that was put together becomes an element of the profile. */
static void write_element(struct encoder *to, uint32_t field, struct text *message)
{
	struct text *whole = &to->part;

	to->failed |= text_failed(message);
	text_clear(whole);
	protobuf_bytes(whole, field, message);
	to->failed |= text_failed(whole);
	gzip_write(&to->gzip, whole->data, whole->length);
	text_clear(message);
}

static void end_message(struct encoder *to, uint32_t field)
{
	write_element(to, field, &to->message);
}

/* A number of the profile itself. */
static void profile_number(struct encoder *to, uint32_t field, uint64_t value)
{
	text_clear(&to->part);
	protobuf_number(&to->part, field, value);
	gzip_write(&to->gzip, to->part.data, to->part.length);
}

/* --- Sample types ------------------------------------------------------------ */

/* What is encoded of a stack; the first four are Go's, in its order. */
struct sample_type {
	const char *type, *unit;
	uint64_t (*value)(const struct view_stack *stack);
	enum metric metric;             /* that asks for it */
	bool at_the_end;                /* known there only */
};

static uint64_t total_count(const struct view_stack *stack) { return stack->total.count; }
static uint64_t total_bytes(const struct view_stack *stack) { return stack->total.bytes; }
static uint64_t live_count(const struct view_stack *stack) { return stack->live.count; }
static uint64_t live_bytes(const struct view_stack *stack) { return stack->live.bytes; }
static uint64_t peak_count(const struct view_stack *stack) { return stack->peak.count; }
static uint64_t peak_bytes(const struct view_stack *stack) { return stack->peak.bytes; }
static uint64_t temporaries(const struct view_stack *stack) { return stack->temporaries; }

static const struct sample_type SAMPLE_TYPES[] = {
	{ "alloc_objects", "count", total_count, METRIC_COUNT, false },
	{ "alloc_space", "bytes", total_bytes, METRIC_TOTAL, false },
	{ "inuse_objects", "count", live_count, METRICS, false },
	{ "inuse_space", "bytes", live_bytes, METRIC_LIVE, false },
	{ "peak_objects", "count", peak_count, METRICS, true },
	{ "peak_space", "bytes", peak_bytes, METRIC_PEAK, true },
	{ "temporary_objects", "count", temporaries, METRIC_TEMPORARY, false },
};

enum { SAMPLE_TYPE_COUNT = sizeof SAMPLE_TYPES / sizeof *SAMPLE_TYPES };

/* At a snapshot the peak's composition is not known; at the peak it is what is live. */
static bool is_known(const struct view_stacks *view, const struct sample_type *type)
{
	bool end = view->at && (!strcmp(view->at, "exit") || !strcmp(view->at, "now"));

	return !type->at_the_end || end || view->metric == METRIC_PEAK;
}

static void value_type(struct encoder *to, uint32_t field, const char *type, const char *unit)
{
	protobuf_number(&to->message, VALUE_TYPE_TYPE, string(to, type));
	protobuf_number(&to->message, VALUE_TYPE_UNIT, string(to, unit));
	end_message(to, field);
}

static void sample_types(struct encoder *to)
{
	const char *usual = "inuse_space";

	for (int i = 0; i < SAMPLE_TYPE_COUNT; i++) {
		const struct sample_type *type = &SAMPLE_TYPES[i];

		if (!is_known(to->view, type))
			continue;
		value_type(to, PROFILE_SAMPLE_TYPE, type->type, type->unit);
		if (type->metric == to->view->metric)
			usual = type->type;
	}
	profile_number(to, PROFILE_DEFAULT_SAMPLE_TYPE, string(to, usual));
}

/* --- Samples ----------------------------------------------------------------- */

/* Calls and places are numbered from 1, so are pprof's locations: one a place. */
static void locations_of(struct encoder *to, const struct view_stack *stack)
{
	const struct view_stacks *view = to->view;

	text_clear(&to->piece);
	for (uint32_t call = stack->call; call; call = view->calls[call].parent)
		protobuf_varint(&to->piece, view->calls[call].place);
	if (!stack->call)
		protobuf_varint(&to->piece, view->place_count);         /* the place of no place */
	to->failed |= text_failed(&to->piece);
	protobuf_bytes(&to->message, SAMPLE_LOCATION_ID, &to->piece);
}

static void values_of(struct encoder *to, const struct view_stack *stack)
{
	text_clear(&to->piece);
	for (int i = 0; i < SAMPLE_TYPE_COUNT; i++)
		if (is_known(to->view, &SAMPLE_TYPES[i]))
			protobuf_varint(&to->piece, SAMPLE_TYPES[i].value(stack));
	to->failed |= text_failed(&to->piece);
	protobuf_bytes(&to->message, SAMPLE_VALUE, &to->piece);
}

static void label_of(struct encoder *to, const struct view_stack *stack)
{
	if (!stack->node)
		return;
	text_clear(&to->piece);
	protobuf_number(&to->piece, LABEL_KEY, string(to, "dag_node"));
	protobuf_number(&to->piece, LABEL_STR, string(to, to->view->nodes[stack->node]));
	to->failed |= text_failed(&to->piece);
	protobuf_bytes(&to->message, SAMPLE_LABEL, &to->piece);
}

static void samples(struct encoder *to)
{
	const struct view_stacks *view = to->view;
	enum view_kind kind = view->metric == METRIC_MAPPED ? VIEW_MAPPING
			    : view->metric == METRIC_POOL ? VIEW_POOL : VIEW_HEAP;

	for (size_t i = 0; i < view->stack_count; i++) {
		const struct view_stack *stack = &view->stacks[i];

		if (stack->kind != kind)
			continue;
		locations_of(to, stack);
		values_of(to, stack);
		label_of(to, stack);
		end_message(to, PROFILE_SAMPLE);
	}
}

/* --- Code --------------------------------------------------------------------- */

static void new_function(struct encoder *to, uint32_t id, uint64_t name, uint64_t file)
{
	protobuf_number(&to->function, FUNCTION_ID, id);
	protobuf_number(&to->function, FUNCTION_NAME, name);
	protobuf_number(&to->function, FUNCTION_SYSTEM_NAME, name);
	protobuf_number(&to->function, FUNCTION_FILENAME, file);
	write_element(to, PROFILE_FUNCTION, &to->function);
}

/* The id of a frame's function, which is written when it is met first. */
static uint32_t function(struct encoder *to, uint32_t frame)
{
	const struct view_frame *from = &to->view->frames[frame];

	if (to->function_of[frame])
		return to->function_of[frame];
	text_clear(&to->label);
	frame_label(&to->label, from, false);
	to->failed |= text_failed(&to->label);
	uint64_t name = string(to, to->label.data), file = string(to, from->file);
	uint32_t fresh = (uint32_t)to->functions.count + 1;
	uint32_t id = map_add(&to->functions, (struct map_key){ name, file }, fresh);

	to->failed |= id == MAP_NONE;
	if (id == fresh)
		new_function(to, id, name, file);
	to->function_of[frame] = id;
	return id;
}

static void line(struct encoder *to, uint32_t frame)
{
	text_clear(&to->piece);
	protobuf_number(&to->piece, LINE_FUNCTION_ID, function(to, frame));
	protobuf_number(&to->piece, LINE_LINE, to->view->frames[frame].line);
	to->failed |= text_failed(&to->piece);
	protobuf_bytes(&to->message, LOCATION_LINE, &to->piece);
}

/* The call itself, not what is behind it. */
static uint64_t address_of(const struct view_stacks *view, const struct view_place *place)
{
	uint64_t bias = place->module ? view->modules[place->module - 1].bias : 0;

	return place->address ? place->address + bias - 1 : 0;
}

static void locations(struct encoder *to)
{
	const struct view_stacks *view = to->view;

	for (uint32_t i = 1; i < view->place_count; i++) {
		const struct view_place *place = &view->places[i];

		protobuf_number(&to->message, LOCATION_ID, i);
		protobuf_number(&to->message, LOCATION_MAPPING_ID,
				place->module ? place->module : view->module_count + 1);
		protobuf_number(&to->message, LOCATION_ADDRESS, address_of(view, place));
		for (uint32_t f = 0; f < place->count; f++)
			line(to, view->place_frames[place->first + f]);
		end_message(to, PROFILE_LOCATION);
	}
}

/* Of stacks that are not known at all: a location with the frame that top shows. */
static void unknown_location(struct encoder *to)
{
	const struct view_stacks *view = to->view;

	for (size_t i = 0; i < view->stack_count; i++) {
		if (view->stacks[i].call)
			continue;
		protobuf_number(&to->message, LOCATION_ID, view->place_count);
		protobuf_number(&to->message, LOCATION_MAPPING_ID, view->module_count + 1);
		line(to, view->stacks[i].owner);
		end_message(to, PROFILE_LOCATION);
		return;
	}
}

static void mapping(struct encoder *to, uint64_t id, const struct view_module *module)
{
	protobuf_number(&to->message, MAPPING_ID, id);
	protobuf_number(&to->message, MAPPING_START, module->start);
	protobuf_number(&to->message, MAPPING_LIMIT, module->end);
	protobuf_number(&to->message, MAPPING_FILENAME, string(to, module->path));
	protobuf_number(&to->message, MAPPING_BUILD_ID, string(to, module->build_id));
	/* All that could be found is here: readers need not look for symbols. */
	for (uint32_t has = MAPPING_HAS_FUNCTIONS; has <= MAPPING_HAS_INLINE_FRAMES; has++)
		protobuf_number(&to->message, has, 1);
	end_message(to, PROFILE_MAPPING);
}

/* pprof takes the first for the program. */
static void mappings(struct encoder *to)
{
	const struct view_stacks *view = to->view;
	const struct view_module unknown = { .path = "[unknown]" };
	const char *program = view->process.executable ? view->process.executable : "";

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < view->module_count; i++) {
			const char *path = view->modules[i].path;
			bool is_program = path && strcmp(path, program) == 0;

			if (is_program == (pass == 0))
				mapping(to, i + 1, &view->modules[i]);
		}
	mapping(to, view->module_count + 1, &unknown);
}

/* --- The rest ------------------------------------------------------------------ */

static void comment(struct encoder *to, const char *text)
{
	profile_number(to, PROFILE_COMMENT, string(to, text));
}

/* One comment for each line about what is not known. */
static void quality_comments(struct encoder *to)
{
	char *lines = NULL, *rest;
	size_t length = 0;
	FILE *stream = open_memstream(&lines, &length);

	if (!stream || (quality_print(&to->view->quality, "not known: ", stream), fclose(stream))) {
		to->failed = true;
		free(lines);
		return;
	}
	for (char *part = strtok_r(lines, "\n", &rest); part; part = strtok_r(NULL, "\n", &rest))
		comment(to, part);
	free(lines);
}

static void comments(struct encoder *to)
{
	const struct view_process *process = &to->view->process;

	text_clear(&to->label);
	for (const char *const *word = process->command; word && *word; word++) {
		text_add(&to->label, word == process->command ? "" : " ");
		text_add_shell_word(&to->label, *word);
	}
	to->failed |= text_failed(&to->label);
	comment(to, to->label.data);
	text_clear(&to->label);
	text_printf(&to->label, "dagmem, pid %" PRIu32 ", in use: at %s",
		    process->pid, to->view->at ? to->view->at : "exit");
	to->failed |= text_failed(&to->label);
	comment(to, to->label.data);
	quality_comments(to);
}

static void strings(struct encoder *to)
{
	for (size_t i = 0; i < to->strings.count; i++) {
		text_clear(&to->part);
		protobuf_string(&to->part, PROFILE_STRING_TABLE, to->strings.texts[i]);
		to->failed |= text_failed(&to->part);
		gzip_write(&to->gzip, to->part.data, to->part.length);
	}
}

static void encode(struct encoder *to)
{
	const struct view_process *process = &to->view->process;

	string(to, "");                 /* number 0, as the format wants it */
	sample_types(to);
	value_type(to, PROFILE_PERIOD_TYPE, "space", "bytes");
	profile_number(to, PROFILE_PERIOD, 1);          /* every byte is seen */
	profile_number(to, PROFILE_TIME_NANOS, process->start_realtime_ns);
	profile_number(to, PROFILE_DURATION_NANOS, process->duration_ns);
	mappings(to);
	samples(to);
	locations(to);
	unknown_location(to);
	comments(to);
	strings(to);
}

static void release(struct encoder *to)
{
	intern_release(&to->strings);
	map_release(&to->functions);
	free(to->function_of);
	text_release(&to->message);
	text_release(&to->function);
	text_release(&to->part);
	text_release(&to->piece);
	text_release(&to->label);
	arena_release(&to->arena);
}

static int pprof(const struct view_profile *view, const struct report_options *options, FILE *out,
		 struct error *err)
{
	struct encoder to = { .view = &view->stacks, .strings = INTERN_INIT(&to.arena) };

	(void)options;
	text_init(&to.message);
	text_init(&to.function);
	text_init(&to.part);
	text_init(&to.piece);
	text_init(&to.label);
	to.function_of = calloc(view->stacks.frame_count + 1, sizeof *to.function_of);
	if (to.function_of && gzip_open(&to.gzip, out) == 0) {
		encode(&to);
		gzip_close(&to.gzip);
	} else {
		to.failed = true;
	}
	release(&to);
	return to.failed ? error_set(err, ERROR_NO_MEMORY, "out of memory") : 0;
}

const struct report report_pprof = {
	.name = "pprof",
	.suffix = "pb.gz",
	.summary = "profile.proto in gzip, for `go tool pprof` and Pyroscope",
	.profile = pprof,
	.binary = true,
};
