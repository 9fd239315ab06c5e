#include "tracer/leak_place.h"

#include "tracer/leak_frames.h"
#include "tracer/modules.h"
#include "tracer/regions.h"

struct leak_place leak_place_of(const struct leak_job *job, const struct leak_roots *roots,
				const struct leak_maps *maps, uint8_t holder, uint32_t tid,
				uintptr_t address)
{
	struct leak_place place = { 0, 0 };
	struct region region;

	if (holder == HELD_BY_GLOBAL)
		place.code = PLACE(modules_id_at(address), address);
	else if (holder == HELD_BY_TLS)
		place.code = leak_tls_place(&roots->stacks.tls, address);
	else if (holder == HELD_BY_MAPPING && regions_find(address, &region))
		place.account = region.account;
	else
		place.code = leak_frames_place(job, holder, tid, address, maps);
	return place;
}
