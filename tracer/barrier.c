#include "tracer/barrier.h"

#include <linux/membarrier.h>

#include "tracer/sys.h"

static bool works;

void barrier_init(void)
{
	works = !sys_failed(sys_call(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED,
				     0, 0, 0, 0, 0));
}

bool barrier_works(void)
{
	return __atomic_load_n(&works, __ATOMIC_RELAXED);
}

bool barrier_everywhere(void)
{
	bool sent = barrier_works() &&
		    !sys_failed(sys_call(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED,
					 0, 0, 0, 0, 0));

	if (!sent)
		__atomic_store_n(&works, false, __ATOMIC_RELAXED);
	return sent;
}
