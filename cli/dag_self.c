#include "cli/dag_self.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

int dag_self_init_untraced(struct dag_self *self, struct error *err)
{
	ssize_t length = readlink("/proc/self/exe", self->path, sizeof self->path - 1);

	if (length < 0)
		return error_system(err, errno, "/proc/self/exe");
	self->path[length] = '\0';
	self->count = 0;
	self->arguments[0] = NULL;
	dag_self_add(self, self->path);
	return 0;
}

int dag_self_init(struct dag_self *self, bool quiet, const char *output, struct error *err)
{
	int code = dag_self_init_untraced(self, err);

	if (code != 0)
		return code;
	if (quiet)
		dag_self_add(self, "-q");
	dag_self_add(self, "run");
	if (output) {
		dag_self_add(self, "-o");
		dag_self_add(self, output);
	}
	dag_self_add(self, "--");
	dag_self_add(self, self->path);
	return 0;
}

void dag_self_add(struct dag_self *self, const char *argument)
{
	if (self->count < DAG_SELF_ARGUMENTS_MAX)
		self->arguments[self->count] = argument;
	self->count++;
	self->arguments[self->count < DAG_SELF_ARGUMENTS_MAX ? self->count : DAG_SELF_ARGUMENTS_MAX] = NULL;
}

int dag_self_exec(const struct dag_self *self, struct error *err)
{
	if (self->count > DAG_SELF_ARGUMENTS_MAX)
		return error_set(err, ERROR_USAGE, "more than %d arguments", DAG_SELF_ARGUMENTS_MAX);
	execv(self->path, (char *const *)self->arguments);
	return error_system(err, errno, "%s", self->path);
}
