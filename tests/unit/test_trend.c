/* trend: slopes against a slow, obvious way, and verdicts of series one would draw by hand. */
#include "analyzer/trend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "random.h"

enum { MANY = 60 };

static double noise(struct random *random)
{
	return (double)random_below(random, 2001) / 1000 - 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* --- The oracle: every slope, sorted; Kendall's distribution by trying all orders. */

static size_t all_slopes(const double *x, const double *y, size_t n, double *slopes)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (x[i] < x[j])
				slopes[count++] = (y[j] - y[i]) / (x[j] - x[i]);
	qsort(slopes, count, sizeof *slopes, compare);
	return count;
}

static size_t inversions(const int *order, int n)
{
	size_t count = 0;

	for (int i = 0; i < n; i++)
		for (int j = i + 1; j < n; j++)
			count += order[i] > order[j];
	return count;
}

/* All orders of order[from..n): how many have at most `limit` inversions. */
static size_t orders_within(int *order, int from, int n, size_t limit)
{
	size_t count = 0;

	if (from == n)
		return inversions(order, n) <= limit;
	for (int i = from; i < n; i++) {
		int kept = order[from];

		order[from] = order[i];
		order[i] = kept;
		count += orders_within(order, from + 1, n, limit);
		kept = order[from];
		order[from] = order[i];
		order[i] = kept;
	}
	return count;
}

static double slow_chance(int n, size_t limit)
{
	int order[8];
	double all = 1;

	for (int i = 0; i < n; i++) {
		order[i] = i;
		all *= i + 1;
	}
	return (double)orders_within(order, 0, n, limit) / all;
}

static void slopes_are_medians_of_all_pairs(void **state)
{
	(void)state;
	struct random random = { 1 };

	for (int round = 0; round < 400; round++) {
		double x[40], y[40], slopes[40 * 40];
		size_t n = 2 + random_below(&random, 39);
		struct view_trend trend;

		for (size_t i = 0; i < n; i++) {
			x[i] = (i ? x[i - 1] : 0) + (double)random_below(&random, 5);
			y[i] = (double)random_below(&random, round % 2 ? 1000000 : 7);
		}
		size_t count = all_slopes(x, y, n, slopes);

		assert_int_equal(trend_find(x, y, n, &trend), 0);
		if (!count) {
			assert_true(trend.slope == 0 && trend.low == 0 && trend.high == 0);
			continue;
		}
		assert_true(trend.slope == (slopes[count / 2] + slopes[(count - 1) / 2]) / 2);
		assert_true(trend.low <= trend.slope && trend.slope <= trend.high);
	}
}

/* For each n the interval leaves out as many slopes as Kendall's distribution allows. */
static void intervals_of_few_points_are_exact(void **state)
{
	(void)state;
	struct random random = { 2 };

	for (int n = 2; n <= 7; n++) {
		double x[8], y[8], slopes[64];
		struct view_trend trend;
		size_t cut = 0;

		for (int i = 0; i < n; i++) {
			x[i] = i;
			y[i] = noise(&random);
		}
		size_t count = all_slopes(x, y, (size_t)n, slopes);

		while (slow_chance(n, cut) <= 0.025)
			cut++;
		double confidence = cut ? 0.95 : 1 - 2 * slow_chance(n, 0);

		cut -= cut > 0;
		assert_int_equal(trend_find(x, y, (size_t)n, &trend), 0);
		assert_true(trend.low == slopes[cut] && trend.high == slopes[count - 1 - cut]);
		assert_true(fabs(trend.confidence - confidence) < 1e-12);
	}
}

/* Of the series with slope 3 and noise, the interval holds 3 in 95 of 100. */
static void intervals_hold_the_slope_as_often_as_they_say(void **state)
{
	(void)state;
	static const size_t LENGTHS[] = { 6, 10, 11, 20, 50 };
	struct random random = { 3 };

	for (size_t l = 0; l < sizeof LENGTHS / sizeof *LENGTHS; l++) {
		enum { ROUNDS = 4000 };
		int held = 0;

		for (int round = 0; round < ROUNDS; round++) {
			double x[50], y[50];
			struct view_trend trend;

			for (size_t i = 0; i < LENGTHS[l]; i++) {
				x[i] = (double)i;
				y[i] = 3 * x[i] + 5 * noise(&random) * noise(&random);
			}
			assert_int_equal(trend_find(x, y, LENGTHS[l], &trend), 0);
			held += trend.low <= 3 && 3 <= trend.high;
		}
		assert_in_range(held, ROUNDS * 94 / 100, ROUNDS);
	}
}

/* --- Verdicts ---------------------------------------------------------------------- */

typedef double shape_fn(double at, struct random *random);        /* at: 0..1 */

static enum trend_verdict verdict_of(shape_fn *shape, size_t n, uint64_t seed)
{
	double *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
	struct random random = { seed };
	struct view_trend trend = { .verdict = TREND_UNKNOWN };

	assert_true(x && y);
	for (size_t i = 0; i < n; i++) {
		x[i] = (double)i * 0.25;
		y[i] = shape((double)i / (double)(n - 1), &random);
	}
	assert_int_equal(trend_find(x, y, n, &trend), 0);
	free(x);
	free(y);
	return trend.verdict;
}

static double constant(double at, struct random *r) { (void)at; (void)r; return 4096; }
static double line(double at, struct random *r) { (void)r; return 100 + 1e6 * at; }
static double falling(double at, struct random *r) { (void)r; return 1e6 * (1 - at); }
static double noisy_line(double at, struct random *r) { return 1e6 * at + 1e5 * noise(r); }
static double quadratic(double at, struct random *r) { (void)r; return 1e6 * at * at; }
static double late_leak(double at, struct random *r) { (void)r; return at < 0.6 ? 5e5 : 5e5 + 1e6 * (at - 0.6); }
static double large_start(double at, struct random *r) { (void)r; return at < 0.2 ? 1e9 * at : 2e8 + 1e5 * at; }
static double filled(double at, struct random *r) { (void)r; return at < 0.3 ? 1e6 * at : 3e5; }
static double noisy_filled(double at, struct random *r) { return (at < 0.3 ? 1e6 * at : 3e5) + 5e3 * noise(r); }
static double filling(double at, struct random *r) { (void)r; return 1e6 * (1 - exp(-4 * at)); }
static double step(double at, struct random *r) { (void)r; return at < 0.4 ? 0 : 1e6; }
static double saw(double at, struct random *r) { (void)r; return fmod(at * 7.99, 1) * 1e6; }

static void what_grows_is_growing(void **state)
{
	(void)state;
	static shape_fn *const SHAPES[] = { line, quadratic, late_leak, large_start };

	for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
		for (size_t n = i < 2 ? 4 : 20; n <= 300; n += 31)
			assert_int_equal(verdict_of(SHAPES[i], n, 1), TREND_GROWING);
	for (uint64_t seed = 0; seed < 200; seed++)
		assert_int_equal(verdict_of(noisy_line, MANY, seed), TREND_GROWING);
}

static void a_cache_levels_off(void **state)
{
	(void)state;
	static shape_fn *const SHAPES[] = { filled, step, filling };
	int growing = 0;

	/* That growth slows down but does not end shows only in more points. */
	for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
		for (size_t n = i < 2 ? 20 : 40; n <= 300; n += 31)
			assert_int_equal(verdict_of(SHAPES[i], n, 1), TREND_LEVELS_OFF);
	/* Noise in the last half is a trend in at most 1 of 20, half of them upward. */
	for (uint64_t seed = 0; seed < 400; seed++) {
		enum trend_verdict verdict = verdict_of(noisy_filled, MANY, seed);

		assert_true(verdict == TREND_LEVELS_OFF || verdict == TREND_GROWING);
		growing += verdict == TREND_GROWING;
	}
	assert_in_range(growing, 0, 20);
}

static void what_stays_is_flat(void **state)
{
	(void)state;
	for (size_t n = 4; n <= 300; n += 37) {
		assert_int_equal(verdict_of(constant, n, 1), TREND_FLAT);
		assert_int_equal(verdict_of(falling, n, 1), TREND_SHRINKING);
	}
	assert_int_equal(verdict_of(saw, MANY, 1), TREND_FLAT);
}

/* Chance makes a trend of noise in at most one of 20 series, by the interval's own promise. */
static void noise_is_seldom_a_trend(void **state)
{
	(void)state;
	struct random random = { 5 };
	int trends = 0;

	for (int round = 0; round < 2000; round++) {
		double x[30], y[30];
		struct view_trend trend;

		for (int i = 0; i < 30; i++) {
			x[i] = i;
			y[i] = noise(&random);
		}
		assert_int_equal(trend_find(x, y, 30, &trend), 0);
		trends += trend.verdict != TREND_FLAT;
	}
	assert_in_range(trends, 1, 120);
}

static void few_points_have_no_verdict(void **state)
{
	(void)state;
	const double x[] = { 1, 2, 3 }, y[] = { 10, 20, 30 };
	struct view_trend trend;

	for (size_t n = 0; n <= 3; n++) {
		assert_int_equal(trend_find(x, y, n, &trend), 0);
		assert_int_equal(trend.verdict, TREND_UNKNOWN);
		assert_int_equal(trend.points, n);
		assert_true(trend.slope == (n < 2 ? 0 : 10));
	}
	assert_true(fabs(trend.confidence - 2. / 3) < 1e-12);
}

/* The median over a thinned series of a line is the line's slope. */
static void long_series_are_thinned_from_end_to_end(void **state)
{
	(void)state;
	enum { LONG = 100000 };
	double *x = calloc(LONG, sizeof *x), *y = calloc(LONG, sizeof *y);
	struct view_trend trend;

	assert_true(x && y);
	for (int i = 0; i < LONG; i++) {
		x[i] = i;
		y[i] = 8. * i;
	}
	assert_int_equal(trend_find(x, y, LONG, &trend), 0);
	assert_true(trend.slope == 8 && trend.points == TREND_POINTS_MAX);
	free(x);
	free(y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slopes_are_medians_of_all_pairs),
		cmocka_unit_test(intervals_of_few_points_are_exact),
		cmocka_unit_test(intervals_hold_the_slope_as_often_as_they_say),
		cmocka_unit_test(what_grows_is_growing),
		cmocka_unit_test(a_cache_levels_off),
		cmocka_unit_test(what_stays_is_flat),
		cmocka_unit_test(noise_is_seldom_a_trend),
		cmocka_unit_test(few_points_have_no_verdict),
		cmocka_unit_test(long_series_are_thinned_from_end_to_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
