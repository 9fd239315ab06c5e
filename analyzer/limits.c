#include "analyzer/limits.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/units.h"

enum { FILE_BYTES_MAX = 1 << 20 };
#define USUAL_SHARE 0.05
#define USUAL_NEW_SITE (UINT64_C(1) << 20)

/* Where a setting stands. */
struct origin { const char *file; uint32_t line; };

static const struct quantity { const char *name; bool counted, of_nodes; } QUANTITIES[] = {
	[CHECK_PEAK] = { "peak", false, false },
	[CHECK_LIVE] = { "live", false, false },
	[CHECK_LEAK] = { "leak", false, false },
	[CHECK_TOTAL] = { "total", false, false },
	[CHECK_ALLOCATIONS] = { "allocations", true, false },
	[CHECK_TEMPORARY] = { "temporary", true, false },
	[CHECK_TRANSIENT] = { "transient", false, true },
	[CHECK_RETAINED] = { "retained", false, true },
};

static const char *const SCOPES[CHECK_SCOPES] = {
	[CHECK_LINE] = "line", [CHECK_FUNCTION] = "function", [CHECK_FILE] = "file",
	[CHECK_MODULE] = "module", [CHECK_NODE] = "node",
};

const char *limits_quantity_name(enum check_quantity quantity)
{
	return QUANTITIES[quantity].name;
}

void limits_init(struct limits *limits, struct arena *arena)
{
	const struct tolerance usual = {
		.compared = true, .relative = true, .share = USUAL_SHARE, .text = "5%",
	};

	*limits = (struct limits){ .arena = arena, .new_site_bytes = USUAL_NEW_SITE };
	limits->tolerance[CHECK_PEAK] = usual;
	limits->tolerance[CHECK_LIVE] = usual;
}

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory for the budget");
}

/* --- Values --------------------------------------------------------------------- */

static int parse_count(const char *text, uint64_t *count, struct error *err)
{
	char *end;

	errno = 0;
	*count = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno)
		return error_set(err, ERROR_USAGE, "'%.100s' is no number of allocations", text);
	return 0;
}

static int parse_amount(enum check_quantity quantity, const char *text, uint64_t *amount,
			struct error *err)
{
	if (QUANTITIES[quantity].counted)
		return parse_count(text, amount, err);
	if (units_parse_size(text, amount, err))
		return error_set(err, ERROR_USAGE, "'%.100s' is no size", text);
	return 0;
}

/* The first `length` bytes of `text` without blanks around. */
static const char *trimmed(const struct limits *limits, const char *text, size_t length)
{
	while (length && isspace((unsigned char)*text))
		text++, length--;
	while (length && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_strndup(limits->arena, text, length);
}

static enum check_quantity find_quantity(const char *name)
{
	int i = 0;

	while (i < CHECK_QUANTITIES && strcmp(QUANTITIES[i].name, name) != 0)
		i++;
	return (enum check_quantity)i;
}

/* --- Limits --------------------------------------------------------------------- */

/* "node:join" or, for all of a kind, "node". */
static int parse_scope(struct limit *limit, const char *text, struct error *err)
{
	for (int i = CHECK_LINE; i < CHECK_SCOPES; i++) {
		size_t length = strlen(SCOPES[i]);

		if (strncmp(text, SCOPES[i], length) != 0 || (text[length] && text[length] != ':'))
			continue;
		limit->scope = (enum check_scope)i;
		limit->glob = text[length] ? text + length + 1 : "*";
		if (*limit->glob)
			return 0;
	}
	return error_set(err, ERROR_USAGE, "'%.100s' is none of line:, function:, file:, module:, node:"
			 " with a pattern", text);
}

/* "200MiB", or "node:join=200MiB": the last '=' splits, names may hold others. */
static int parse_limit(struct limits *limits, const char *value, struct limit *limit,
		       struct error *err)
{
	const char *equals = strrchr(value, '=');

	if (equals) {
		const char *scope = trimmed(limits, value, (size_t)(equals - value));

		if (!scope)
			return no_memory(err);
		if (parse_scope(limit, scope, err))
			return err->code;
		value = equals + 1;
	}
	const char *amount = trimmed(limits, value, strlen(value));

	if (!amount)
		return no_memory(err);
	return parse_amount(limit->quantity, amount, &limit->most, err);
}

static int add_limit(struct limits *limits, const struct limit *limit, struct error *err)
{
	if (limits->count == limits->room) {
		size_t room = limits->room ? 2 * limits->room : 8;
		struct limit *list = arena_alloc_array(limits->arena, room, sizeof *list);

		if (!list)
			return no_memory(err);
		if (limits->count)
			memcpy(list, limits->list, limits->count * sizeof *list);
		limits->list = list;
		limits->room = room;
	}
	limits->list[limits->count++] = *limit;
	return 0;
}

static int set_limit(struct limits *limits, const char *name, const char *value,
		     struct origin origin, struct error *err)
{
	struct limit limit = {
		.quantity = find_quantity(name + strlen("max-")), .file = origin.file,
		.line = origin.line,
	};

	if (limit.quantity == CHECK_QUANTITIES)
		return error_set(err, ERROR_USAGE, "there is no limit '%.100s'", name);
	limit.text = arena_printf(limits->arena, "%s %s", name, value);
	if (!limit.text)
		return no_memory(err);
	if (parse_limit(limits, value, &limit, err))
		return err->code;
	if (QUANTITIES[limit.quantity].of_nodes && limit.scope != CHECK_NODE)
		return error_set(err, ERROR_USAGE, "only nodes have that: node:PATTERN=SIZE");
	return add_limit(limits, &limit, err);
}

/* --- Against a baseline ----------------------------------------------------------- */

static int parse_tolerance(enum check_quantity quantity, const char *text,
			   struct tolerance *tolerance, struct error *err)
{
	struct tolerance parsed = { .compared = true, .text = text };
	size_t length = strlen(text);
	char *end;

	if (!length || text[length - 1] != '%') {
		if (parse_amount(quantity, text, &parsed.amount, err))
			return err->code;
	} else {
		parsed.relative = true;
		parsed.share = strtod(text, &end) / 100;
		if (end != text + length - 1 || !(parsed.share >= 0 && parsed.share <= 1e6))
			return error_set(err, ERROR_USAGE, "'%.100s' is no percentage", text);
	}
	*tolerance = parsed;
	return 0;
}

/* "5%" for peak and live, "allocations=5%" for one quantity, which then is compared, too. */
static int set_tolerance(struct limits *limits, const char *value, struct error *err)
{
	const char *equals = strrchr(value, '=');
	const char *amount = equals ? trimmed(limits, equals + 1, strlen(equals + 1))
				    : trimmed(limits, value, strlen(value));
	const char *name = equals ? trimmed(limits, value, (size_t)(equals - value)) : "";

	if (!amount || !name)
		return no_memory(err);
	if (!equals)
		return parse_tolerance(CHECK_PEAK, amount, &limits->tolerance[CHECK_PEAK], err) ?
			err->code :
			parse_tolerance(CHECK_LIVE, amount, &limits->tolerance[CHECK_LIVE], err);
	enum check_quantity quantity = find_quantity(name);

	if (quantity == CHECK_QUANTITIES || QUANTITIES[quantity].of_nodes || quantity == CHECK_LEAK)
		return error_set(err, ERROR_USAGE, "there is nothing like '%.100s' to compare", name);
	return parse_tolerance(quantity, amount, &limits->tolerance[quantity], err);
}

/* --- Files --------------------------------------------------------------------------- */

/* Those that a budget names are told from where the budget is; NULL: no memory. */
static const char *path_of(struct limits *limits, const char *value, const char *file)
{
	const char *slash = file && *value != '/' ? strrchr(file, '/') : NULL;

	return slash ? arena_printf(limits->arena, "%.*s/%s", (int)(slash - file), file, value)
		     : arena_strdup(limits->arena, value);
}

static int set_baseline(struct limits *limits, const char *value, const char *file,
			struct error *err)
{
	if (!*value)
		return error_set(err, ERROR_USAGE, "baseline needs a profile");
	limits->baseline = path_of(limits, value, file);
	return limits->baseline ? 0 : no_memory(err);
}

static int add_suppressions(struct limits *limits, const char *value, const char *file,
			    struct error *err)
{
	size_t count = limits->suppression_count;
	const char **files = arena_alloc_array(limits->arena, count + 1, sizeof *files);

	if (!*value)
		return error_set(err, ERROR_USAGE, "suppressions needs a file");
	if (!files)
		return no_memory(err);
	if (count)
		memcpy(files, limits->suppressions, count * sizeof *files);
	files[count] = path_of(limits, value, file);
	limits->suppressions = files;
	limits->suppression_count++;
	return files[count] ? 0 : no_memory(err);
}

/* --- Settings --------------------------------------------------------------------- */

static int set(struct limits *limits, const char *name, const char *value, struct origin origin,
	       struct error *err)
{
	if (strncmp(name, "max-", 4) == 0)
		return set_limit(limits, name, value, origin, err);
	if (strcmp(name, "tolerance") == 0)
		return set_tolerance(limits, value, err);
	if (strcmp(name, "baseline") == 0)
		return set_baseline(limits, value, origin.file, err);
	if (strcmp(name, "suppressions") == 0)
		return add_suppressions(limits, value, origin.file, err);
	if (strcmp(name, "new-site") == 0)
		return parse_amount(CHECK_PEAK, value, &limits->new_site_bytes, err);
	return error_set(err, ERROR_USAGE, "there is no setting '%.100s'", name);
}

int limits_set(struct limits *limits, const char *name, const char *value, struct error *err)
{
	return set(limits, name, value, (struct origin){ NULL, 0 }, err) ?
		error_context(err, "--%s", name) : 0;
}

/* A '#' begins a comment at the line's start or after a blank. */
static size_t without_comment(const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] == '#' && (!i || isspace((unsigned char)line[i - 1])))
			return i;
	return length;
}

static int parse_line(struct limits *limits, const char *line, size_t length, struct origin origin,
		      struct error *err)
{
	size_t name_length = 0;

	if (memchr(line, '\0', length))
		return error_set(err, ERROR_USAGE, "this is no text");
	const char *text = trimmed(limits, line, without_comment(line, length));

	if (!text)
		return no_memory(err);
	if (!*text)
		return 0;
	while (text[name_length] && !isspace((unsigned char)text[name_length]))
		name_length++;
	const char *name = trimmed(limits, text, name_length);
	const char *value = trimmed(limits, text + name_length, strlen(text + name_length));

	if (!name || !value)
		return no_memory(err);
	return set(limits, name, value, origin, err);
}

int limits_parse(struct limits *limits, const char *path, const char *text, size_t length,
		 struct error *err)
{
	struct origin origin = { arena_strdup(limits->arena, path), 0 };
	const char *end = text + length;

	if (!origin.file)
		return no_memory(err);
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline ? newline : end;

		origin.line++;
		if (parse_line(limits, text, (size_t)(line_end - text), origin, err)) {
			err->code = err->code == ERROR_USAGE ? ERROR_FORMAT : err->code;
			return error_context(err, "%s:%u", path, (unsigned)origin.line);
		}
		text = line_end + 1;
	}
	return 0;
}

int limits_read(struct limits *limits, const char *path, struct error *err)
{
	char *text = malloc(FILE_BYTES_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t length = text && file ? fread(text, 1, FILE_BYTES_MAX + 1, file) : 0;
	int code = 0;

	if (!text)
		code = no_memory(err);
	else if (!file || ferror(file))
		code = error_system(err, errno, "%s", path);
	else if (length > FILE_BYTES_MAX)
		code = error_set(err, ERROR_FORMAT, "%s: more than 1 MiB: this is no budget", path);
	else
		code = limits_parse(limits, path, text, length, err);
	if (file)
		fclose(file);
	free(text);
	return code;
}
