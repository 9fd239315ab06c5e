/*
 * demo: what `make demo` profiles: reads a table of words, indexes it, and
 * answers questions.  With an argument the index keeps what it replaces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct row {
	char *word;
	double weight;
	struct row *next;
};

struct index {
	struct row **buckets;
	size_t count;
};

static unsigned hash(const char *word)
{
	unsigned h = 5381;

	while (*word)
		h = h * 33 + (unsigned char)*word++;
	return h;
}

static struct row *read_row(int number)
{
	struct row *row = malloc(sizeof *row);
	char word[32];

	snprintf(word, sizeof word, "word-%d", number * 7919 % 40000);
	row->word = strdup(word);
	row->weight = number / 3.0;
	row->next = NULL;
	return row;
}

static struct index *make_index(struct row *rows, size_t count)
{
	struct index *index = malloc(sizeof *index);

	index->count = count;
	index->buckets = calloc(count, sizeof *index->buckets);
	for (struct row *row = rows; row; row = row->next)
		index->buckets[hash(row->word) % count] = row;
	return index;
}

static void free_index(struct index *index)
{
	free(index->buckets);
	free(index);
}

/* A copy in capitals, for each question. */
static size_t answer(const struct index *index, int number)
{
	char *copy = malloc(64), word[32];
	const struct row *row;
	size_t length;

	snprintf(word, sizeof word, "word-%d", number);
	row = index->buckets[hash(word) % index->count];
	snprintf(copy, 64, "%s", row ? row->word : "");
	length = strlen(copy);
	free(copy);
	return length;
}

int main(int argc, char **argv)
{
	struct timespec moment = { 0, 2000000 };
	struct row *rows = NULL, *row;
	struct index *index = NULL;
	size_t sum = 0;

	(void)argv;
	for (int i = 0; i < 40000; i++) {
		row = read_row(i);
		row->next = rows;
		rows = row;
		if (i % 4000 == 0) {
			struct index *old = index;

			index = make_index(rows, (size_t)i * 2 + 1);
			if (old && argc == 1)
				free_index(old);
			nanosleep(&moment, NULL);       /* so that a timeline has width */
		}
	}
	for (int i = 0; i < 100000; i++)
		sum += answer(index, i);
	printf("%zu characters\n", sum);
	return 0;
}
