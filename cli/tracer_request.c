#include "cli/tracer_request.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum { LOOK_EVERY_NS = 5 * 1000 * 1000 };

#define HEADER_FIELD(field) (HEADER_PAGE * PAGE_BYTES + (off_t)offsetof(struct profile_header, field))

static bool get(int fd, void *bytes, size_t size, off_t offset)
{
	return pread(fd, bytes, size, offset) == (ssize_t)size;
}

static bool put(int fd, const void *bytes, size_t size, off_t offset)
{
	return pwrite(fd, bytes, size, offset) == (ssize_t)size;
}

/* Between those who ask; the tracer knows nothing of it. */
static bool lock(int fd)
{
	struct flock range = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET,
		.l_start = HEADER_FIELD(request), .l_len = sizeof(struct profile_request),
	};

	return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

static int check_tracer(int fd, struct error *err)
{
	uint32_t ready = 0, header_bytes = 0;

	if (!get(fd, &ready, sizeof ready, HEADER_FIELD(ready)) || ready != 1 ||
	    !get(fd, &header_bytes, sizeof header_bytes, HEADER_FIELD(header_bytes)))
		return error_set(err, ERROR_FORMAT, "not a dagmem profile");
	if (header_bytes < offsetof(struct profile_header, request) + sizeof(struct profile_request))
		return error_set(err, ERROR_VERSION, "its tracer is too old to be asked");
	return 0;
}

/* The sequence last: it is what the tracer looks at. */
static bool write_request(struct tracer_request *request, enum request_kind kind, const char *label)
{
	uint32_t kind_word = kind;
	char text[sizeof ((struct profile_request *)NULL)->label] = "";

	strncpy(text, label, sizeof text - 1);
	if (!get(request->fd, &request->sequence, sizeof request->sequence,
		 HEADER_FIELD(request_sequence)))
		return false;
	request->sequence++;
	return put(request->fd, text, sizeof text, HEADER_FIELD(request.label)) &&
	       put(request->fd, &kind_word, sizeof kind_word, HEADER_FIELD(request.kind)) &&
	       put(request->fd, &request->sequence, sizeof request->sequence,
		   HEADER_FIELD(request_sequence));
}

static int ask(struct tracer_request *request, enum request_kind kind, const char *label,
	       struct error *err)
{
	if (request->fd < 0)
		return error_system(err, errno, "opening for writing");
	if (check_tracer(request->fd, err))
		return err->code;
	if (!lock(request->fd))
		return error_set(err, ERROR_SYSTEM, "somebody else is asking its tracer already");
	if (!write_request(request, kind, label))
		return error_system(err, errno, "writing");
	return 0;
}

int tracer_request_begin(struct tracer_request *request, const char *profile,
			 enum request_kind kind, const char *label, struct error *err)
{
	struct tracer_request new = {
		.fd = open(profile, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
	};

	if (ask(&new, kind, label, err)) {
		tracer_request_release(&new);
		error_context(err, "%s", profile);
		return err->code;
	}
	*request = new;
	return 0;
}

bool tracer_request_answered(const struct tracer_request *request, uint32_t *answer)
{
	uint32_t served;

	return get(request->fd, &served, sizeof served, HEADER_FIELD(request.served)) &&
	       served == request->sequence &&
	       get(request->fd, answer, sizeof *answer, HEADER_FIELD(request.answer));
}

bool tracer_request_wait(const struct tracer_request *request, uint64_t timeout_ns,
			 uint32_t *answer)
{
	uint64_t end_ns = clock_monotonic_ns() + timeout_ns;
	const struct timespec step = { 0, LOOK_EVERY_NS };

	while (!tracer_request_answered(request, answer)) {
		if (clock_monotonic_ns() >= end_ns)
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

void tracer_request_withdraw(const struct tracer_request *request)
{
	const uint32_t none = REQUEST_NONE;

	put(request->fd, &none, sizeof none, HEADER_FIELD(request.kind));
}

void tracer_request_release(struct tracer_request *request)
{
	if (request->fd >= 0)
		close(request->fd);
	request->fd = -1;
}
