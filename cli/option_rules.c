#include "cli/option_rules.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

enum { VALUES_FIRST = 256 };

struct option option_rule_row(const struct option_rule *rule, int value)
{
	return (struct option){ rule->name, rule->argument, NULL, rule->letter ? rule->letter : value };
}

const struct option_rule *option_rules_find(const struct option_rule *rules, int first, int option)
{
	for (const struct option_rule *rule = rules; rule->name; rule++)
		if (option == (rule->letter ? rule->letter : first + (int)(rule - rules)))
			return rule;
	return NULL;
}

int option_rule_apply(const struct option_rule *rule, void *args, const char *verb)
{
	char *place = (char *)args + rule->place;

	if (rule->take)
		return rule->take(args, verb, rule->name);
	if (rule->argument == no_argument)
		*(bool *)place = true;
	else
		*(const char **)place = optarg;
	return 0;
}

/* ":n:f" and the table, of OPTIONS_MAX + 1 places. */
static void make_tables(const struct option_rule *rules, char *letters, struct option *table)
{
	*letters++ = ':';
	for (const struct option_rule *rule = rules; rule->name; rule++) {
		assert(rule - rules < OPTIONS_MAX);
		*table++ = option_rule_row(rule, VALUES_FIRST + (int)(rule - rules));
		if (rule->letter)
			letters += sprintf(letters, "%c%s", rule->letter,
					   rule->argument == required_argument ? ":" : "");
	}
	*letters = '\0';
	*table = (struct option){ 0 };
}

int option_rules_parse(const struct option_rule *rules, void *args, struct context *context,
		       const char *verb, int argc, char **argv)
{
	struct option table[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 2];
	int option, code = 0;

	make_tables(rules, letters, table);
	while (code == 0 && (option = options_next(context, verb, argc, argv, letters, table)) != -1) {
		const struct option_rule *rule = option_rules_find(rules, VALUES_FIRST, option);

		code = rule ? option_rule_apply(rule, args, verb) : EXIT_USAGE;
	}
	return code;
}
