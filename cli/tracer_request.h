/*
 * tracer_request: asks the tracer of a running program for something through
 * the profile's header (struct profile_request).
 *
 * The tracer hears when the program's heap moves, a thread or a DAG node
 * begins; one that idles does not, so the answer may stay away.  Who asks holds
 * a lock on the request until the release, so two never write at once.
 */
#ifndef DAGMEM_CLI_TRACER_REQUEST_H
#define DAGMEM_CLI_TRACER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "profile/layout.h"

struct error;

struct tracer_request {
	int fd;                 /* of the profile; -1 */
	uint32_t sequence;
};

#define TRACER_REQUEST_INIT { .fd = -1 }

/*
 * Ask for `kind`, named `label` (cut at 63 bytes).  Fails when the profile can't
 * be written, its tracer is too old, or somebody else is asking.
 */
int tracer_request_begin(struct tracer_request *request, const char *profile,
			 enum request_kind kind, const char *label, struct error *err);

/* Whether the tracer has answered; then `answer` is an enum request_answer. */
bool tracer_request_answered(const struct tracer_request *request, uint32_t *answer);

/* Look for an answer until `timeout_ns` from now have passed. */
bool tracer_request_wait(const struct tracer_request *request, uint64_t timeout_ns,
			 uint32_t *answer);

/* Take back what was not answered. The tracer may be at it all the same. */
void tracer_request_withdraw(const struct tracer_request *request);

/* Accepts one that was never begun. */
void tracer_request_release(struct tracer_request *request);

#endif
