/*
 * dlopen_loop: loads and unloads two plugins by turns, so that the second
 * comes to lie where the first was, with allocation sites in each.  The names
 * have no path: they are found by this program's RUNPATH, as without a tracer.
 */
#include "truth.h"

#include <dlfcn.h>

static struct truth_site sites[2] = {
	{ .file = "plugin_a.c" }, { .file = "plugin_b.c" },
};

/* Load plugin `which`, let it allocate, unload it; where its code was. */
static void *visit(int which, int round)
{
	void *plugin = dlopen(which ? "libplugin_b.so" : "libplugin_a.so", RTLD_NOW);
	void *(*work)(size_t);
	void *block[10];

	TRUTH_REQUIRE(plugin != NULL);
	work = (void *(*)(size_t))dlsym(plugin, "plugin_work");
	sites[which].line = *(int *)dlsym(plugin, "plugin_line");
	for (int i = 0; i < 10; i++) {
		size_t size_bytes = 100 + 50 * which + i;

		block[i] = truth_mark(work(size_bytes), &sites[which], size_bytes);
	}
	for (int i = 0; i < 5 + which; i++)
		truth_delete(block[i]);
	TRUTH_REQUIRE(round < 0 || dlclose(plugin) == 0);
	return (void *)(uintptr_t)work;
}

int main(void)
{
	int same = 0;

	for (int round = 0; round < 100; round++)
		same += visit(0, round) == visit(1, round);
	TRUTH_REQUIRE(same > 0);        /* else this tests nothing */
	visit(1, -1);                   /* stays loaded */
	visit(0, -1);
	truth_write();
	return 0;
}
