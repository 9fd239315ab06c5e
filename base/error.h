/*
 * error: what went wrong, for the caller to pass outward.
 *
 * A function that can fail returns 0 or a negative `enum error_code` and fills
 * its last parameter.  The caller owns the struct; context is added outward:
 *
 *     importing run.dagmem: call tree at byte 81920: parent 77 after child 12
 *
 * Only the command line prints one.  Not for the tracer.
 */
#ifndef DAGMEM_BASE_ERROR_H
#define DAGMEM_BASE_ERROR_H

enum error_code {
	ERROR_NONE = 0,
	ERROR_NO_MEMORY = -1,
	ERROR_SYSTEM = -2,      /* a system call failed: errno_value */
	ERROR_FORMAT = -3,      /* input that is not what it claims: exit code 3 */
	ERROR_VERSION = -4,     /* input of a newer version: exit code 3 */
	ERROR_USAGE = -5,       /* exit code 2 */
	ERROR_NOT_FOUND = -6,
	ERROR_LIMIT = -7,
	ERROR_CANCELLED = -8,
	ERROR_FAILED = -9,      /* what was to be run failed: a node of a DAG */
};

struct error {
	enum error_code code;
	int errno_value;        /* 0 when no system call was at fault */
	char message[512];
};

#define ERROR_INIT { 0, 0, "" }

/* Set all and return `code`. */
int error_set(struct error *err, enum error_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and the text of `errno_value`. */
int error_system(struct error *err, int errno_value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "CONTEXT: " before the message; keeps and returns err->code. */
int error_context(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
