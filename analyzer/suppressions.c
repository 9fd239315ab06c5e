#include "analyzer/suppressions.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/demangle.h"
#include "analyzer/view.h"
#include "analyzer/view_leaks.h"
#include "base/error.h"
#include "base/text.h"

/* The path is relative to the folder that make runs in. */
__asm__(".section .rodata\n"
	".global suppressions_builtin\n"
	"suppressions_builtin:\n"
	".incbin \"analyzer/builtin.supp\"\n"
	".byte 0\n"
	".previous\n");

enum {
	PARTS_MAX = 512,                /* frames of one entry */
	FILE_BYTES_MAX = 16 << 20,
	ALL_VERDICTS = 1 << LEAK_DEFINITE | 1 << LEAK_INDIRECT | 1 << LEAK_POSSIBLE |
		       1 << LEAK_REACHABLE,
	/* valgrind's default, when an entry does not say. */
	DEFAULT_VERDICTS = ALL_VERDICTS,
};

struct parser {
	struct suppressions *to;
	const char *path;
	const char *next, *end;         /* what is left */
	uint32_t line_number;
	char *line;                     /* the current one, without spaces around it */
	const char *expires;            /* what a comment said for the entry to come */
	struct error *err;
};

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for suppressions");
}

__attribute__((format(printf, 2, 3)))
static int wrong(struct parser *parser, const char *format, ...)
{
	va_list arguments;
	char message[300];

	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	return error_set(parser->err, ERROR_FORMAT, "%s:%u: %s", parser->path ? parser->path : "built in",
			 parser->line_number, message);
}

/* --- Lines --------------------------------------------------------------------------- */

static char *trimmed(char *line)
{
	char *end = line + strlen(line);

	while (end > line && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*line))
		line++;
	return line;
}

/* 1: parser->line is the next one; 0: there is none; negative: an error. */
static int next_line(struct parser *parser)
{
	const char *newline;

	if (parser->next == parser->end)
		return 0;
	newline = memchr(parser->next, '\n', (size_t)(parser->end - parser->next));
	size_t length = (size_t)((newline ? newline : parser->end) - parser->next);

	parser->line_number++;
	if (memchr(parser->next, '\0', length))
		return wrong(parser, "this is no text file");
	parser->line = arena_strndup(&parser->to->arena, parser->next, length);
	parser->next += length + (newline != NULL);
	if (!parser->line)
		return no_memory(parser->err);
	parser->line = trimmed(parser->line);
	return 1;
}

/* The number that `count` digits are; -1 if they are not. */
static int digits(const char *text, int count)
{
	int number = 0;

	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

/* Days of months, February as in a leap year. */
static bool is_date(const char *text)
{
	static const int DAYS[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);

	return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1];
}

/* "# expires: 2027-01-31", whatever stands around it. */
static int take_comment(struct parser *parser)
{
	const char *word = strcasestr(parser->line, "expires:");
	char date[16] = "";

	if (!word)
		return 0;
	if (sscanf(word + strlen("expires:"), " %15[^ \t#]", date) != 1 || !is_date(date))
		return wrong(parser, "expires: wants a day as YYYY-MM-DD, not '%s'", date);
	parser->expires = arena_strdup(&parser->to->arena, date);
	return parser->expires ? 0 : no_memory(parser->err);
}

/* 1: a line that is neither empty nor a comment. */
static int next_content(struct parser *parser)
{
	int there;

	while ((there = next_line(parser)) > 0) {
		if (parser->line[0] == '#' && take_comment(parser))
			return parser->err->code;
		if (parser->line[0] != '#' && parser->line[0])
			break;
	}
	return there;
}

/* --- Entries --------------------------------------------------------------------------- */

static int add_entry(struct parser *parser, struct suppression *entry)
{
	struct suppressions *to = parser->to;

	if (to->count == to->capacity) {
		size_t capacity = to->capacity ? 2 * to->capacity : 64;
		struct suppression *items = realloc(to->items, capacity * sizeof *items);

		if (!items)
			return no_memory(parser->err);
		to->items = items;
		to->capacity = capacity;
	}
	entry->expires = parser->expires;
	entry->expired = parser->expires && strcmp(to->today, parser->expires) > 0;
	entry->file = parser->path;
	parser->expires = NULL;
	to->items[to->count++] = *entry;
	return 0;
}

/* LeakSanitizer's: one line. */
static int parse_line(struct parser *parser)
{
	const char *colon = strchr(parser->line, ':');
	struct suppression_part *part = arena_alloc(&parser->to->arena, sizeof *part);

	if (!colon || strncmp(parser->line, "leak:", 5) != 0)
		return wrong(parser, "'%.40s' is neither leak:PATTERN nor the beginning of {",
			     parser->line);
	if (!part)
		return no_memory(parser->err);
	part->kind = PART_ANYWHERE;
	part->pattern = trimmed(parser->line + 5);
	if (!part->pattern[strspn(part->pattern, "*^$")])
		return wrong(parser, "'%s' would hide every leak", parser->line);
	struct suppression entry = {
		.name = parser->line, .line = parser->line_number, .verdicts = ALL_VERDICTS,
		.parts = part, .part_count = 1,
	};

	return add_entry(parser, &entry);
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',' || at[-1] == ' ') &&
		    (!at[length] || at[length] == ',' || at[length] == ' '))
			return true;
	return false;
}

static int take_kinds(struct parser *parser, const char *list, unsigned *verdicts)
{
	static const struct { const char *word; unsigned bits; } KINDS[] = {
		{ "definite", 1 << LEAK_DEFINITE }, { "indirect", 1 << LEAK_INDIRECT },
		{ "possible", 1 << LEAK_POSSIBLE }, { "reachable", 1 << LEAK_REACHABLE },
		{ "all", ALL_VERDICTS }, { "none", 0 },
	};
	bool known = false;

	*verdicts = 0;
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (has_word(list, KINDS[i].word)) {
			*verdicts |= KINDS[i].bits;
			known = true;
		}
	if (known)
		return 0;
	return wrong(parser, "match-leak-kinds takes definite, indirect, possible, reachable, all or none,"
		     " not '%.40s'", list);
}

/* C++ names are mangled in valgrind's files, and readable in our stacks. */
static int set_readable(struct parser *parser, struct suppression_part *part)
{
	char *readable = strpbrk(part->pattern, "*?") ? NULL : demangle(part->pattern);

	if (!readable)
		return 0;
	part->readable = arena_strdup(&parser->to->arena, readable);
	free(readable);
	return part->readable ? 0 : no_memory(parser->err);
}

/* "main.c:12": only figures after the last colon are a line. */
static void split_source(struct suppression_part *part, char *text)
{
	char *colon = strrchr(text, ':');

	if (colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")]) {
		part->line = (uint32_t)strtoul(colon + 1, NULL, 10);
		*colon = '\0';
	}
}

/* One line of a frame; false: it is none. */
static bool take_frame(struct parser *parser, struct suppression_part *part)
{
	static const struct { const char *word; enum suppression_part_kind kind; } WORDS[] = {
		{ "fun:", PART_FUNCTION }, { "obj:", PART_OBJECT }, { "src:", PART_SOURCE },
	};

	*part = (struct suppression_part){ .kind = PART_ANY_FRAMES };
	if (strcmp(parser->line, "...") == 0)
		return true;
	for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
		if (strncmp(parser->line, WORDS[i].word, 4) == 0 && parser->line[4]) {
			part->kind = WORDS[i].kind;
			part->pattern = parser->line + 4;
			if (part->kind == PART_SOURCE)
				split_source(part, parser->line + 4);
			return true;
		}
	return false;
}

static bool matches_something(const struct suppression_part *parts, size_t count)
{
	for (size_t i = 0; parts && i < count; i++)
		if (parts[i].kind != PART_ANY_FRAMES && parts[i].pattern[strspn(parts[i].pattern, "*")])
			return true;
	return false;
}

static int unfinished(struct parser *parser, int there, uint32_t line)
{
	if (there < 0)
		return there;
	return wrong(parser, "the entry that begins at line %u has no end", line);
}

/* What is no leak of memcheck's is for other tools: read over. */
static int skip_entry(struct parser *parser, uint32_t line)
{
	int there;

	while ((there = next_content(parser)) > 0)
		if (strcmp(parser->line, "}") == 0) {
			parser->expires = NULL;
			return 0;
		}
	return unfinished(parser, there, line);
}

static bool is_leak_of_memcheck(const char *line)
{
	const char *colon = strchr(line, ':');
	size_t tools = colon ? (size_t)(colon - line) : 0;
	char list[64];

	if (!colon || tools >= sizeof list || strcmp(colon, ":Leak") != 0)
		return false;
	memcpy(list, line, tools);
	list[tools] = '\0';
	return has_word(list, "Memcheck");
}

static int parse_frames(struct parser *parser, struct suppression *entry)
{
	struct suppression_part parts[PARTS_MAX], *kept;
	int there;

	while ((there = next_content(parser)) > 0 && strcmp(parser->line, "}") != 0) {
		if (strncmp(parser->line, "match-leak-kinds:", 17) == 0 && !entry->part_count) {
			if (take_kinds(parser, trimmed(parser->line + 17), &entry->verdicts))
				return parser->err->code;
			continue;
		}
		if (entry->part_count == PARTS_MAX)
			return wrong(parser, "more than %d frames", PARTS_MAX);
		if (!take_frame(parser, &parts[entry->part_count]))
			return wrong(parser, "'%.40s' is no frame: fun:NAME, obj:PATH, src:FILE or ...",
				     parser->line);
		if (parts[entry->part_count].kind == PART_FUNCTION &&
		    set_readable(parser, &parts[entry->part_count]))
			return parser->err->code;
		entry->part_count++;
	}
	if (there <= 0)
		return unfinished(parser, there, entry->line);
	kept = arena_alloc_array(&parser->to->arena, entry->part_count, sizeof *kept);
	if (!kept)
		return no_memory(parser->err);
	memcpy(kept, parts, entry->part_count * sizeof *kept);
	entry->parts = kept;
	return 0;
}

/* valgrind's: braces around a name, a kind and frames. */
static int parse_block(struct parser *parser)
{
	struct suppression entry = { .line = parser->line_number, .verdicts = DEFAULT_VERDICTS };
	int there = next_content(parser);

	if (there <= 0)
		return unfinished(parser, there, entry.line);
	entry.name = parser->line;
	there = next_content(parser);
	if (there <= 0)
		return unfinished(parser, there, entry.line);
	if (!strchr(parser->line, ':'))
		return wrong(parser, "'%.40s' is no kind of error, as Memcheck:Leak is", parser->line);
	if (!is_leak_of_memcheck(parser->line))
		return skip_entry(parser, entry.line);
	if (parse_frames(parser, &entry))
		return parser->err->code;
	if (!matches_something(entry.parts, entry.part_count))
		return wrong(parser, "'%.40s' would hide every leak", entry.name);
	return add_entry(parser, &entry);
}

int suppressions_parse(struct suppressions *suppressions, const char *bytes, size_t length,
		       const char *path, struct error *err)
{
	struct parser parser = {
		.to = suppressions, .next = bytes, .end = bytes + length, .err = err,
		.path = path ? arena_strdup(&suppressions->arena, path) : NULL,
	};
	int there;

	if (path && !parser.path)
		return no_memory(err);
	while ((there = next_content(&parser)) > 0)
		if (strcmp(parser.line, "{") == 0 ? parse_block(&parser) : parse_line(&parser))
			return err->code;
	return there;
}

/* --- Files ------------------------------------------------------------------------------- */

int suppressions_init(struct suppressions *suppressions, const char *today, struct error *err)
{
	*suppressions = (struct suppressions){ .arena = ARENA_INIT };
	snprintf(suppressions->today, sizeof suppressions->today, "%s", today);
	return suppressions_parse(suppressions, suppressions_builtin, strlen(suppressions_builtin),
				  NULL, err);
}

void suppressions_release(struct suppressions *suppressions)
{
	arena_release(&suppressions->arena);
	free(suppressions->items);
	*suppressions = (struct suppressions){ .arena = ARENA_INIT };
}

static int read_file(FILE *file, struct text *content)
{
	char buffer[4096];
	size_t count;

	while ((count = fread(buffer, 1, sizeof buffer, file)) > 0 && content->length < FILE_BYTES_MAX)
		text_add_bytes(content, buffer, count);
	return ferror(file) ? errno : 0;
}

int suppressions_read(struct suppressions *suppressions, const char *path, struct error *err)
{
	FILE *file = fopen(path, "re");
	struct text content;
	int result;

	if (!file)
		return error_system(err, errno, "%s", path);
	text_init(&content);
	int failed = read_file(file, &content);

	if (failed)
		result = error_system(err, failed, "%s", path);
	else if (text_failed(&content))
		result = no_memory(err);
	else if (content.length >= FILE_BYTES_MAX)
		result = error_set(err, ERROR_FORMAT, "%s: too long for a list of suppressions", path);
	else
		result = suppressions_parse(suppressions, content.data, content.length, path, err);
	text_release(&content);
	fclose(file);
	return result;
}
