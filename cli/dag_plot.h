/*
 * dag_plot: the heaps of two runs over time, one over the other.
 */
#ifndef DAGMEM_CLI_DAG_PLOT_H
#define DAGMEM_CLI_DAG_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/terminal.h"

struct dag_record;
struct error;

/* The first filled, the second as a line, on one scale; both have profiles. */
int dag_plot_print(const struct dag_record *first, const struct dag_record *second,
		   enum colour_choice colour, bool ascii, FILE *out, struct error *err);

#endif
