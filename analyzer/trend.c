#include "analyzer/trend.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { EXACT_MAX = 10 };        /* points: Kendall's own distribution up to here */

static const double CONFIDENCE = 0.95;
static const double NORMAL_QUANTILE = 1.959963984540054;        /* two-sided, of CONFIDENCE */
static const double SLOWER = 0.5;       /* the last half's slope, of the first's, that is no growth any more */

struct points {
	const double *x, *y;
	size_t count;
	double *slopes;         /* room for all pairs */
};

struct estimate {
	struct view_trend trend;
	bool rises, falls;      /* more than chance would make it, ties counted as neither */
};

/* --- Slopes and their order ---------------------------------------------------- */

static size_t fill_slopes(const struct points *points)
{
	size_t count = 0;

	for (size_t i = 0; i < points->count; i++)
		for (size_t j = i + 1; j < points->count; j++)
			if (points->x[j] != points->x[i])
				points->slopes[count++] = (points->y[j] - points->y[i]) /
							  (points->x[j] - points->x[i]);
	return count;
}

/* The k-th smallest (from 0), by Hoare's selection: linear on average. */
static double select_kth(double *values, size_t count, size_t k)
{
	ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)k;

	while (low < high) {
		double pivot = values[wanted];
		ptrdiff_t i = low, j = high;

		while (i <= j) {
			while (values[i] < pivot)
				i++;
			while (pivot < values[j])
				j--;
			if (i > j)
				break;
			double kept = values[i];

			values[i++] = values[j];
			values[j--] = kept;
		}
		if (j < wanted)
			low = i;
		if (wanted < i)
			high = j;
	}
	return values[k];
}

static double median(double *values, size_t count)
{
	double upper = select_kth(values, count, count / 2);

	return count % 2 ? upper : (upper + select_kth(values, count, count / 2 - 1)) / 2;
}

/* --- Kendall's S: concordant less discordant pairs ------------------------------ */

/*
 * The chance that points without trend have at most `inversions` discordant
 * pairs: permutations of n by inversions (Mahonian numbers), over n!.
 */
static double chance_of(size_t n, size_t inversions)
{
	double ways[EXACT_MAX * (EXACT_MAX - 1) / 2 + 1] = { 1 };
	double sum = 0, all = 1;

	for (size_t size = 2; size <= n; size++) {
		all *= (double)size;
		for (size_t k = size * (size - 1) / 2; k > 0; k--)
			for (size_t moved = 1; moved < size && moved <= k; moved++)
				ways[k] += ways[k - moved];
	}
	for (size_t k = 0; k <= inversions; k++)
		sum += ways[k];
	return sum / all;
}

/*
 * How many slopes may be left out at each end of their order so that the rest
 * spans the confidence interval.  With too few points to reach CONFIDENCE none,
 * and the interval has the confidence that it has.
 */
static size_t cut_exactly(size_t n, double *confidence)
{
	size_t cut = 0;

	while (chance_of(n, cut) <= (1 - CONFIDENCE) / 2)
		cut++;
	*confidence = cut ? CONFIDENCE : fmax(0, 1 - 2 * chance_of(n, 0));
	return cut ? cut - 1 : 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The variance of S for n points whose y has ties; uses the room of the slopes. */
static double variance_of(const struct points *points)
{
	double n = (double)points->count, variance = n * (n - 1) * (2 * n + 5);

	for (size_t i = 0; i < points->count; i++)
		points->slopes[i] = points->y[i];
	qsort(points->slopes, points->count, sizeof *points->slopes, compare_doubles);
	for (size_t from = 0, to; from < points->count; from = to) {
		for (to = from; to < points->count && points->slopes[to] == points->slopes[from];)
			to++;
		double ties = (double)(to - from);

		variance -= ties * (ties - 1) * (2 * ties + 5);
	}
	return variance / 18;
}

static size_t cut_normally(double variance, size_t slopes, double *confidence)
{
	double cut = ((double)slopes - NORMAL_QUANTILE * sqrt(variance)) / 2;

	*confidence = CONFIDENCE;
	return cut < 1 ? 0 : (size_t)cut;
}

/* Kendall's S of `count` slopes. */
static double balance_of(const double *slopes, size_t count)
{
	double balance = 0;

	for (size_t i = 0; i < count; i++)
		balance += (slopes[i] > 0) - (slopes[i] < 0);
	return balance;
}

static struct estimate estimate_of(const struct points *points)
{
	struct estimate estimate = { .trend = { .points = points->count, .since = VIEW_NOT_KNOWN } };
	struct view_trend *trend = &estimate.trend;
	size_t n = points->count, cut;
	double variance = n > EXACT_MAX ? variance_of(points) : 0;
	size_t slopes = fill_slopes(points);

	if (!slopes)
		return estimate;
	cut = n > EXACT_MAX ? cut_normally(variance, slopes, &trend->confidence)
			    : cut_exactly(n, &trend->confidence);
	if (cut > (slopes - 1) / 2)
		cut = (slopes - 1) / 2;
	double balance = balance_of(points->slopes, slopes);

	estimate.rises = balance >= (double)(slopes - 2 * cut);
	estimate.falls = -balance >= (double)(slopes - 2 * cut);
	trend->slope = median(points->slopes, slopes);
	trend->low = select_kth(points->slopes, slopes, cut);
	trend->high = select_kth(points->slopes, slopes, slopes - 1 - cut);
	return estimate;
}

/* --- The verdict ----------------------------------------------------------------- */

static struct points part_of(const struct points *points, size_t from, size_t to)
{
	return (struct points){ points->x + from, points->y + from, to - from, points->slopes };
}

/*
 * Does the second half climb clearly more slowly than the first?  Halves share
 * a point; with too few points nobody can say.
 */
static bool slows_down(const struct points *points)
{
	size_t middle = points->count / 2;
	struct points first = part_of(points, 0, middle + 1);
	struct points second = part_of(points, middle, points->count);

	if (first.count < TREND_POINTS_MIN || second.count < TREND_POINTS_MIN)
		return false;
	struct estimate before = estimate_of(&first), after = estimate_of(&second);

	return after.trend.high <= SLOWER * before.trend.slope;
}

static bool levels_off(const struct points *points)
{
	size_t count = points->count, late_count = count / 2;

	if (late_count < TREND_POINTS_MIN)
		late_count = TREND_POINTS_MIN;
	if (3 * late_count > 2 * count)
		return false;
	struct points late = part_of(points, count - late_count, count);
	struct points early = part_of(points, 0, count - late_count + 1);
	struct estimate last = estimate_of(&late), first = estimate_of(&early);

	if (last.rises)
		return slows_down(&late);
	/* Not growing any more, or too noisy to say? */
	return last.trend.slope <= SLOWER * fmax(first.trend.slope, estimate_of(points).trend.slope);
}

static enum trend_verdict verdict_of(const struct points *points, const struct estimate *whole)
{
	if (points->count < TREND_POINTS_MIN)
		return TREND_UNKNOWN;
	if (whole->falls)
		return TREND_SHRINKING;
	if (!whole->rises)
		return TREND_FLAT;
	return levels_off(points) ? TREND_LEVELS_OFF : TREND_GROWING;
}

int trend_find(const double *x, const double *y, size_t count, struct view_trend *trend)
{
	double thin_x[TREND_POINTS_MAX], thin_y[TREND_POINTS_MAX];
	struct points points = { x, y, count, NULL };

	if (count > TREND_POINTS_MAX) {
		for (size_t i = 0; i < TREND_POINTS_MAX; i++) {
			size_t at = i * (count - 1) / (TREND_POINTS_MAX - 1);

			thin_x[i] = x[at];
			thin_y[i] = y[at];
		}
		points = (struct points){ thin_x, thin_y, TREND_POINTS_MAX, NULL };
	}
	points.slopes = calloc(points.count * (points.count + 1) / 2 + 1, sizeof *points.slopes);
	if (!points.slopes)
		return -1;
	struct estimate whole = estimate_of(&points);

	*trend = whole.trend;
	trend->verdict = verdict_of(&points, &whole);
	free(points.slopes);
	return 0;
}
