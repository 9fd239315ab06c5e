/*
 * rss_recorder: a process's resident memory over time, sampled from outside
 * and written into its profile, for `dagmem run`.
 *
 * Bounded for any run length: when the profile's samples are full, each two
 * neighbours become the larger of them and the time between samples doubles.
 * What is read between two samples counts too: a sample is the largest of the
 * readings in its time.
 */
#ifndef DAGMEM_CLI_RSS_RECORDER_H
#define DAGMEM_CLI_RSS_RECORDER_H

#include <stdint.h>
#include <sys/types.h>

struct rss_recorder;

/*
 * Watch process `pid`, to be kept in a profile once there is one.  NULL when
 * memory or /proc can't be had: the functions below accept that.
 */
struct rss_recorder *rss_recorder_open(pid_t pid);

/*
 * From now on keep the samples in the profile behind `fd` (kept open by the
 * caller).  The samples so far go there too, later ones a few at a time.
 */
void rss_recorder_attach(struct rss_recorder *recorder, int fd);

/* That profile is given up for another: write what it does not have yet. */
void rss_recorder_detach(struct rss_recorder *recorder);

/* Read the process's memory now; returns when to come again. */
uint64_t rss_recorder_sample(struct rss_recorder *recorder, uint64_t now_ns);

/* Write what is pending and let go. */
void rss_recorder_close(struct rss_recorder *recorder);

#endif
