#include "tracer/journal.h"

#include <string.h>

#include "tracer/lock.h"
#include "tracer/mapping.h"

static struct lock lock;
static uint8_t *page;           /* the journal's last; NULL: none yet */
static uint32_t used;           /* of it */

/* Room for `bytes` in the current page, or a new one after padding the old. */
static struct record *make_room(uint32_t bytes)
{
	if (page && PAGE_BYTES - used < bytes) {
		if (PAGE_BYTES - used >= sizeof(struct record)) {
			struct record *pad = (struct record *)(page + used);

			pad->size_bytes = PAGE_BYTES - used;
			__atomic_store_n(&pad->type, RECORD_PAD, __ATOMIC_RELEASE);
		}
		page = NULL;
	}
	if (!page) {
		page = pages_add(&profile.pages, PAGE_JOURNAL, 0,
				 profile_header()->journal_pages);
		used = 0;
		if (page)
			profile_header()->journal_pages++;
	}
	return page ? (struct record *)(page + used) : NULL;
}

bool journal_append(enum record_type type, const void *head, uint32_t head_bytes,
		    const void *tail, uint32_t tail_bytes)
{
	uint32_t bytes = ((uint32_t)sizeof(struct record) + head_bytes + tail_bytes + 7) & ~7u;
	uint64_t signals;
	struct record *record;

	if (bytes > RECORD_BYTES_MAX)
		return false;
	signals = lock_take(&lock);
	record = make_room(bytes);
	if (record) {
		record->size_bytes = bytes;
		if (head_bytes)
			memcpy(record + 1, head, head_bytes);
		if (tail_bytes)
			memcpy((char *)(record + 1) + head_bytes, tail, tail_bytes);
		__atomic_store_n(&record->type, type, __ATOMIC_RELEASE);
		used += bytes;
	}
	lock_release(&lock, signals);
	return record != NULL;
}

bool journal_text(enum record_type type, const char *text, uint32_t bytes)
{
	const uint32_t most = RECORD_BYTES_MAX - sizeof(struct record) - 8;

	return journal_append(type, text, bytes < most ? bytes : most, "", 1);
}

void journal_note(const char *text)
{
	journal_text(RECORD_NOTE, text, (uint32_t)strlen(text));
}

void journal_reopen(void)
{
	lock.holder = 0;
	page = NULL;
}
