/*
 * limits: lower a limit or close what is open, then go on allocating from
 * thousands of distinct stacks, so that the tracer has to grow its file.
 *
 * usage: limits none|as|fsize|nofile|mlockall|closefrom|closerange
 */
#include "truth.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* 2^depth distinct stacks, each with one block left live and one freed. */
static void branch(int depth)
{
	if (depth == 0) {
		(void)TRUTH_NEW(24);
		truth_delete(TRUTH_NEW(40));
		return;
	}
	branch(depth - 1);
	branch(depth - 1);
	__asm__ volatile("" : : : "memory");
}

static size_t mapped_bytes(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY);

	TRUTH_REQUIRE(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
	close(fd);
	return strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* The soft limit: the program raises it again to write its truth. */
static void limit(int resource, rlim_t value)
{
	struct rlimit limit;

	TRUTH_REQUIRE(getrlimit(resource, &limit) == 0);
	limit.rlim_cur = value;
	TRUTH_REQUIRE(setrlimit(resource, &limit) == 0);
}

/* A block, or NULL when there is no more memory. */
static void *try_megabyte(void)
{
	struct truth_site *site;
	void *block;

	site = TRUTH_SITE(), block = malloc(1 << 20);
	return block ? truth_mark(block, site, 1 << 20) : NULL;
}

/* Until malloc says no; then some room again, for the small ones. */
static void use_up_address_space(void)
{
	void *block[256];
	int n = 0;

	limit(RLIMIT_AS, mapped_bytes() + (64 << 20));
	while (n < 256 && (block[n] = try_megabyte()))
		n++;
	TRUTH_REQUIRE(n > 16 && n < 256);
	for (int i = 0; i < 8; i++)
		truth_delete(block[--n]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "none";

	truth_delete(TRUTH_NEW(100));
	if (!strcmp(what, "as"))
		use_up_address_space();
	if (!strcmp(what, "fsize"))
		limit(RLIMIT_FSIZE, 4096);      /* else SIGXFSZ at the next growth */
	if (!strcmp(what, "nofile"))
		limit(RLIMIT_NOFILE, 3);
	if (!strcmp(what, "mlockall"))
		TRUTH_REQUIRE(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
	if (!strcmp(what, "closefrom"))
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
	if (!strcmp(what, "closerange"))
		syscall(436, 3u, ~0u, 0u);      /* close_range(2) */
	branch(12);
	limit(RLIMIT_FSIZE, RLIM_INFINITY);
	limit(RLIMIT_NOFILE, 64);
	truth_write();
	return 0;
}
