#include "cli/run_habits.h"

#include "cli/message.h"

int run_habits_tell(int option)
{
	static const char *const WORDS[RUN_HABITS] = {
		"--tool: there is one; --leak-check looks for leaks, 'dagmem help' has what shows the rest",
		"--trace-children is called --follow here",
		"--show-reachable is --leak-check=full --show reachable here",
		"--gen-suppressions comes after the run: dagmem leaks --gen-suppressions PROFILE",
		"--num-callers: stacks are recorded whole",
		"--track-origins is about values that were never set, which dagmem does not look for",
		"--log-file: the profile has it all (-o FILE); dagmem leaks -o TEXT PROFILE writes a report",
		"--xml comes after the run: dagmem leaks --json PROFILE, or --sarif FILE",
		"--leak-resolution: sites are whole stacks; dagmem leaks --by module puts them together",
		"--leak-check-heuristics: all of them are always used",
		"--json comes after the run: dagmem leaks --json PROFILE",
	};

	return message_usage("run", "%s", WORDS[option - RUN_HABITS_FIRST]);
}
