/*
 * golden: compares what a test has rendered with a file in tests/golden/.
 *
 * Tests run from the top folder.  What differs is left in build/golden/ under
 * the same name: look at it, and copy it over when the change is wanted.
 */
#ifndef DAGMEM_TESTS_GOLDEN_H
#define DAGMEM_TESTS_GOLDEN_H

#include <stddef.h>

/* Fails the running cmocka test unless tests/golden/NAME holds exactly `text`. */
void assert_golden(const char *name, const char *text, size_t length);

#endif
