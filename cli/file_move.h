/*
 * file_move: moves a file, also to another file system; nothing is overwritten.
 */
#ifndef DAGMEM_CLI_FILE_MOVE_H
#define DAGMEM_CLI_FILE_MOVE_H

struct error;

/* ERROR_SYSTEM: all stays as it was. */
int file_move(const char *from, const char *to, struct error *err);

/* Copy what `fd`, open for reading at its start, holds into the new file `to`, as private as a profile. */
int file_copy(int fd, const char *to, struct error *err);

#endif
