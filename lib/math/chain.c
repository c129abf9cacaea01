#include "math/chain.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "math/chain_kernels.h"

struct wp_chain_work {
	void *data; /* aligned to 64 bytes */
	size_t bytes;
};

/* One of the best sequences so far: the tag and the rank from which it comes. */
struct partial {
	double score;
	uint32_t tag, rank;
};

/* What forward-backward is to do; exponentials: unary has them, not scores. */
struct chain_job_f32 {
	const float *unary;
	float *marginal;
	size_t stride, marginal_stride, n;
	const struct wp_chain_extra_f32 *extra;
	const struct wp_chain_sums_f32 *expected;
	bool exponentials;
};
struct chain_job_f64 {
	const double *unary;
	double *marginal;
	size_t stride, marginal_stride, n;
	const struct wp_chain_extra_f64 *extra;
	const struct wp_chain_sums_f64 *expected;
	bool exponentials;
};

enum wp_err wp_chain_work_create(struct wp_chain_work **work)
{
	return wp_alloc(work, 1, sizeof **work, "work on a chain of tags");
}

void wp_chain_work_free(struct wp_chain_work *work)
{
	if (work)
		free(work->data);
	free(work);
}

static enum wp_err work_need(struct wp_chain_work *work, size_t count, size_t size)
{
	size_t bytes;
	if (!wp_mulsize(count, size, &bytes))
		return wp_fail(WP_ELIMIT, "a sequence of too many steps");
	if (bytes <= work->bytes)
		return WP_OK;
	free(work->data);
	work->data = NULL;
	work->bytes = 0;
	bytes += bytes / 2;
	enum wp_err err = wp_table_alloc(&work->data, bytes, "work on a chain of tags");
	if (!err)
		work->bytes = bytes;
	return err;
}

static double log_add(double a, double b)
{
	double high = a > b ? a : b, low = a > b ? b : a;
	return low > -INFINITY ? high + log1p(exp(low - high)) : high;
}

/* LEAST: a step whose sum falls below it might have lost tags that matter later on to the end
 * of the range, which is 1e-38, or 1e-308. */
#define REAL    float
#define LANE    int32_t
#define LEAST   1e-12
#define NAME(x) x##_f32
#define CALL(x) wp_chain_f32_##x
#include "math/chain_template.h"

#undef REAL
#undef LANE
#undef LEAST
#undef NAME
#undef CALL
#define REAL    double
#define LANE    int64_t
#define LEAST   1e-120
#define NAME(x) x##_f64
#define CALL(x) wp_chain_f64_##x
#include "math/chain_template.h"
