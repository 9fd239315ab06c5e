#include "cli/profile_clock.h"

#include <stddef.h>
#include <sys/mman.h>

#include "profile/tick.h"

/* The header's page, as it is mapped. */
struct profile_clock { struct profile_header header; };

struct profile_clock *profile_clock_open(int fd)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  HEADER_PAGE * PAGE_BYTES);

	return page == MAP_FAILED ? NULL : page;
}

void profile_clock_renew(struct profile_clock *clock, uint64_t now_ns)
{
	if (clock)
		tick_renew(&clock->header, now_ns);
}

void profile_clock_close(struct profile_clock *clock)
{
	if (clock)
		munmap(clock, PAGE_BYTES);
}
