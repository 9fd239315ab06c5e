/*
 * option_rules: a verb's options as a table that says what each of them does.
 *
 *     static const struct option_rule RULES[] = {
 *             OPTION_FLAG("json", 0, struct own_args, json),
 *             OPTION_TEXT("output", 'o', struct own_args, output_path),
 *             OPTION_CALL("count", 0, required_argument, take_count),
 *             OPTION_RULES_END
 *     };
 *
 * Most options set a bool or keep their argument; the others have a function.
 * Verbs with a table of their own call option_rules_parse(); view_args joins
 * the tables of those that show a view.
 */
#ifndef DAGMEM_CLI_OPTION_RULES_H
#define DAGMEM_CLI_OPTION_RULES_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

struct context;

/*
 * What an option does, with its argument in `optarg`: 0, or an exit code after
 * telling the user.  `args` is the verb's own, `option` the option's name.
 */
typedef int option_taker(void *args, const char *verb, const char *option);

struct option_rule {
	const char *name;               /* NULL: the end of the table */
	int letter;                     /* 0: none */
	int argument;                   /* as has_arg of struct option */
	size_t place;                   /* in the verb's arguments: a bool to set, a text to keep */
	option_taker *take;             /* NULL: that */
};

/* Other types of members do not compile. */
#define OPTION_PLACE_OF(type, member, kind) \
	_Generic(((type *)NULL)->member, kind: offsetof(type, member))

#define OPTION_FLAG(name, letter, type, member) \
	{ name, letter, no_argument, OPTION_PLACE_OF(type, member, bool), NULL }
#define OPTION_TEXT(name, letter, type, member) \
	{ name, letter, required_argument, OPTION_PLACE_OF(type, member, const char *), NULL }
#define OPTION_CALL(name, letter, argument, take) { name, letter, argument, 0, take }
#define OPTION_RULES_END { NULL, 0, 0, 0, NULL }

/*
 * The row of getopt_long()'s table for `rule`, which has that value unless the
 * rule has a letter.
 */
struct option option_rule_row(const struct option_rule *rule, int value);

/* The rule behind `option` as getopt_long() has returned it, values counting from `first`. */
const struct option_rule *option_rules_find(const struct option_rule *rules, int first, int option);

/* Do what it says: as an option_taker. */
int option_rule_apply(const struct option_rule *rule, void *args, const char *verb);

/*
 * Read all options of `argv`; what is none begins at argv[optind] then.  0, or
 * an exit code after telling the user.
 */
int option_rules_parse(const struct option_rule *rules, void *args, struct context *context,
		       const char *verb, int argc, char **argv);

#endif
