/* chain.h for one type of real.  chain.c includes this twice and defines REAL, LANE, LEAST,
 * NAME(x), x with an ending for that type, and CALL(x), the public function.  (Internal.) */

struct NAME(wp_chain) {
	size_t tags, stride;
	const struct NAME(wp_chain_kernels) * kernels;
	/* Scores, and what they are the exponentials of: padded with zeros, or in `transition`
	 * with -INFINITY, which no tag then comes from. */
	REAL *transition, *start, *end;
	REAL *factor, *transposed, *first, *last; /* exponentials, each over its maximum */
	double offset;                            /* the sum of the logarithms of what was taken
						   * out of first and last; plus, for each
						   * transition, step */
	double step;
	void *memory;
};

enum wp_err CALL(create)(struct NAME(wp_chain) * *chain, int tags)
{
	*chain = NULL;
	if (tags < 1 || tags > WP_CHAIN_TAGS_MAX)
		return wp_fail(WP_EINVAL, "a chain of %d tags", tags);
	struct NAME(wp_chain) * c;
	enum wp_err err = wp_alloc(&c, 1, sizeof *c, "a chain of tags");
	if (err)
		return err;
	size_t t = c->tags = (size_t)tags, lanes = 64 / sizeof(REAL);
	size_t s = c->stride = (t + lanes - 1) / lanes * lanes;
	err = wp_table_alloc(&c->memory, (3 * t + 4) * s * sizeof(REAL), "a chain of tags");
	if (err) {
		free(c);
		return err;
	}
	c->kernels = NAME(wp_chain_kernels)(wp_cpu_isa());
	REAL **part[] = {&c->start, &c->end, &c->first, &c->last};
	REAL *next = c->memory;
	for (int i = 0; i < 4; i++, next += s)
		*part[i] = next;
	c->transition = next;
	c->factor = next + t * s;
	c->transposed = next + 2 * t * s;
	CALL(set)(c, NULL, NULL, NULL);
	*chain = c;
	return WP_OK;
}

void CALL(free)(struct NAME(wp_chain) * chain)
{
	if (chain)
		free(chain->memory);
	free(chain);
}

static double NAME(maximum)(const REAL *x, size_t n)
{
	double most = -INFINITY;
	for (size_t i = 0; i < n; i++)
		most = (double)x[i] > most ? (double)x[i] : most;
	return isfinite(most) ? most : 0;
}

void CALL(set)(
	struct NAME(wp_chain) * c, const REAL *transition, const REAL *start, const REAL *end)
{
	size_t tags = c->tags, s = c->stride;
	for (size_t i = 0; i < tags; i++) {
		c->start[i] = start ? start[i] : 0;
		c->end[i] = end ? end[i] : 0;
	}
	double first = NAME(maximum)(c->start, tags), last = NAME(maximum)(c->end, tags);
	for (size_t i = 0; i < tags; i++) {
		c->first[i] = (REAL)exp((double)c->start[i] - first);
		c->last[i] = (REAL)exp((double)c->end[i] - last);
	}
	c->step = transition ? NAME(maximum)(transition, tags * tags) : 0;
	c->offset = first + last;
	for (size_t i = 0; i < tags; i++)
		for (size_t j = 0; j < tags; j++) {
			REAL x = transition ? transition[i * tags + j] : 0;
			c->transition[i * s + j] = x;
			c->factor[i * s + j] = c->transposed[j * s + i] =
				(REAL)exp((double)x - c->step);
		}
}

/* ---- Transitions with extra scores ---- */

/* Where entry k stands in a matrix of transitions, from and to. */
static size_t NAME(place)(
	const struct NAME(wp_chain) * c, const struct NAME(wp_chain_extra) * extra, size_t k)
{
	return wp_chain_pair_from(extra->pair[k]) * c->stride +
		wp_chain_pair_to(extra->pair[k]);
}

/* And in one that is transposed. */
static size_t NAME(place_transposed)(
	const struct NAME(wp_chain) * c, const struct NAME(wp_chain_extra) * extra, size_t k)
{
	return wp_chain_pair_to(extra->pair[k]) * c->stride +
		wp_chain_pair_from(extra->pair[k]);
}

/* The scores of transitions into one step after the other. */
struct NAME(chain_steps) {
	const struct NAME(wp_chain) * c;
	const struct NAME(wp_chain_extra) * extra; /* may be NULL           */
	REAL *scores;                              /* (T, stride), where it is not NULL */
	size_t now; /* the step whose extra scores are in it; 0: none            */
};

static struct NAME(chain_steps) NAME(steps)(const struct NAME(wp_chain) * c,
	const struct NAME(wp_chain_extra) * extra, REAL *scores)
{
	if (extra)
		memcpy(scores, c->transition, c->tags * c->stride * sizeof *scores);
	return (struct NAME(chain_steps)){c, extra, scores, 0};
}

static const REAL *NAME(scores_at)(struct NAME(chain_steps) * s, size_t t)
{
	const struct NAME(wp_chain_extra) *extra = s->extra;
	if (!extra)
		return s->c->transition;
	if (t == s->now)
		return s->scores;
	for (size_t k = extra->begin[s->now]; k < extra->begin[s->now + 1]; k++) {
		size_t place = NAME(place)(s->c, extra, k);
		s->scores[place] = s->c->transition[place];
	}
	for (size_t k = extra->begin[t]; k < extra->begin[t + 1]; k++)
		s->scores[NAME(place)(s->c, extra, k)] += extra->score[k];
	s->now = t;
	return s->scores;
}

double CALL(score)(const struct NAME(wp_chain) * c, const REAL *unary, size_t stride, size_t n,
	const struct NAME(wp_chain_extra) * extra, const int32_t *tags)
{
	double score = 0;
	for (size_t t = 0; t < n; t++) {
		score += (double)unary[t * stride + (size_t)tags[t]];
		score += (double)(t ? c->transition[(size_t)tags[t - 1] * c->stride +
					      (size_t)tags[t]]
				    : c->start[tags[t]]);
		if (!extra || !t)
			continue;
		uint32_t pair = wp_chain_pair((size_t)tags[t - 1], (size_t)tags[t]);
		for (size_t k = extra->begin[t]; k < extra->begin[t + 1]; k++)
			score += extra->pair[k] == pair ? (double)extra->score[k] : 0;
	}
	return n ? score + (double)c->end[tags[n - 1]] : 0;
}

/* ---- In logarithms, for sequences whose exponentials leave the range ---- */

static double NAME(log_forward)(
	struct NAME(chain_steps) * steps, const double *unary, double *alpha, size_t n)
{
	const struct NAME(wp_chain) *c = steps->c;
	size_t tags = c->tags;
	for (size_t j = 0; j < tags; j++)
		alpha[j] = (double)c->start[j] + unary[j];
	for (size_t t = 1; t < n; t++) {
		const double *from = alpha + (t - 1) * tags;
		const REAL *transition = NAME(scores_at)(steps, t);
		for (size_t j = 0; j < tags; j++) {
			double sum = -INFINITY;
			for (size_t i = 0; i < tags; i++)
				sum = log_add(
					sum, from[i] + (double)transition[i * c->stride + j]);
			alpha[t * tags + j] = sum + unary[t * tags + j];
		}
	}
	double log_z = -INFINITY;
	for (size_t j = 0; j < tags; j++)
		log_z = log_add(log_z, alpha[(n - 1) * tags + j] + (double)c->end[j]);
	return log_z;
}

static void NAME(log_backward)(
	struct NAME(chain_steps) * steps, const double *unary, double *beta, size_t n)
{
	const struct NAME(wp_chain) *c = steps->c;
	size_t tags = c->tags;
	for (size_t j = 0; j < tags; j++)
		beta[(n - 1) * tags + j] = (double)c->end[j];
	for (size_t t = n - 1; t > 0; t--) {
		const REAL *transition = NAME(scores_at)(steps, t);
		for (size_t i = 0; i < tags; i++) {
			double sum = -INFINITY;
			for (size_t j = 0; j < tags; j++)
				sum = log_add(sum,
					(double)transition[i * c->stride + j] +
						unary[t * tags + j] + beta[t * tags + j]);
			beta[(t - 1) * tags + i] = sum;
		}
	}
}

static void NAME(log_expect)(struct NAME(chain_steps) * steps, const double *unary,
	const double *alpha, const double *beta, size_t n, double log_z,
	const struct NAME(wp_chain_sums) * expected)
{
	const struct NAME(wp_chain_extra) *extra = expected->extra ? steps->extra : NULL;
	size_t tags = steps->c->tags, s = steps->c->stride;
	for (size_t j = 0; j < tags; j++) {
		size_t last = (n - 1) * tags + j;
		if (expected->start)
			expected->start[j] += (REAL)exp(alpha[j] + beta[j] - log_z);
		if (expected->end)
			expected->end[j] += (REAL)exp(alpha[last] + beta[last] - log_z);
	}
	for (size_t t = 1; t < n && (expected->transition || extra); t++) {
		const REAL *transition = NAME(scores_at)(steps, t);
		const double *from = alpha + (t - 1) * tags, *to = beta + t * tags;
		for (size_t i = 0; i < tags && expected->transition; i++)
			for (size_t j = 0; j < tags; j++)
				expected->transition[i * tags + j] +=
					(REAL)exp(from[i] + (double)transition[i * s + j] +
						unary[t * tags + j] + to[j] - log_z);
		for (size_t k = extra ? extra->begin[t] : 0; extra && k < extra->begin[t + 1];
			k++) {
			size_t i = wp_chain_pair_from(extra->pair[k]),
			       j = wp_chain_pair_to(extra->pair[k]);
			expected->extra[k] +=
				(REAL)exp(from[i] + (double)transition[i * s + j] +
					unary[t * tags + j] + to[j] - log_z);
		}
	}
}

static enum wp_err NAME(in_logarithms)(
	const struct NAME(wp_chain) * c, const struct NAME(chain_job) * job, double *log_z)
{
	size_t tags = c->tags, n = job->n;
	double *unary;
	REAL *scores = NULL;
	enum wp_err err =
		wp_alloc(&unary, n * 3, tags * sizeof *unary, "logarithms of a chain");
	if (!err && job->extra)
		err = wp_alloc(
			&scores, tags * c->stride, sizeof *scores, "logarithms of a chain");
	if (err) {
		free(unary);
		return err;
	}
	struct NAME(chain_steps) steps = NAME(steps)(c, job->extra, scores);
	double *alpha = unary + n * tags, *beta = alpha + n * tags;
	for (size_t t = 0; t < n; t++)
		for (size_t j = 0; j < tags; j++) {
			double x = (double)job->unary[t * job->stride + j];
			unary[t * tags + j] = job->exponentials ? log(x) : x;
		}
	*log_z = NAME(log_forward)(&steps, unary, alpha, n);
	bool possible = *log_z > -INFINITY;
	if (possible && (job->marginal || job->expected))
		NAME(log_backward)(&steps, unary, beta, n);
	for (size_t t = 0; t < n && job->marginal; t++)
		for (size_t j = 0; j < tags; j++)
			job->marginal[t * job->marginal_stride + j] = possible
				? (REAL)exp(alpha[t * tags + j] + beta[t * tags + j] - *log_z)
				: 0;
	if (possible && job->expected)
		NAME(log_expect)(&steps, unary, alpha, beta, n, *log_z, job->expected);
	free(scores);
	free(unary);
	return WP_OK;
}

/* ---- Forward-backward ---- */

/* Where the work has what: rows of the chain's stride.  With extra scores: a matrix of scores,
 * one of their exponentials, and those of the entries. */
struct NAME(chain_rows) {
	REAL *psi, *alpha, *before, *beta, *sum, *scale, *scores, *factor, *entry;
};

static enum wp_err NAME(work_rows)(const struct NAME(wp_chain) * c, struct wp_chain_work *work,
	size_t n, const struct NAME(wp_chain_extra) * extra, struct NAME(chain_rows) * rows)
{
	size_t s = c->stride, lanes = 64 / sizeof(REAL);
	size_t base = (3 * n + 1 + c->tags) * s + n, at = (base + lanes - 1) / lanes * lanes;
	size_t more = extra ? 2 * c->tags * s + extra->begin[n] - extra->begin[0] : 0;
	enum wp_err err = work_need(work, extra ? at + more : base, sizeof(REAL));
	if (err)
		return err;
	rows->psi = (REAL *)work->data;
	rows->alpha = rows->psi + n * s;
	rows->before = rows->alpha + n * s;
	rows->beta = rows->before + n * s;
	rows->sum = rows->beta + s;
	rows->scale = rows->sum + c->tags * s;
	rows->scores = extra ? rows->psi + at : NULL;
	rows->factor = extra ? rows->scores + c->tags * s : NULL;
	rows->entry = extra ? rows->factor + c->tags * s : NULL;
	return WP_OK;
}

/* The kernel's forward, with the extra scores of each step; their exponentials stay in
 * r->entry. */
static bool NAME(forward_extra)(const struct NAME(wp_chain) * c,
	const struct NAME(chain_job) * job, const struct NAME(chain_rows) * r)
{
	const struct NAME(wp_chain_extra) *extra = job->extra;
	size_t tags = c->tags, s = c->stride, from = extra->begin[0];
	struct NAME(chain_steps) steps = NAME(steps)(c, extra, r->scores);
	memcpy(r->factor, c->factor, tags * s * sizeof *r->factor);
	if (!c->kernels->forward(
		    r->alpha, r->scale, r->psi, c->factor, c->first, 1, tags, s, (REAL)LEAST))
		return false;
	for (size_t t = 1; t < job->n; t++) {
		const REAL *scores = NAME(scores_at)(&steps, t);
		REAL *row = r->alpha + t * s, most = 1;
		for (size_t k = extra->begin[t]; k < extra->begin[t + 1]; k++) {
			size_t place = NAME(place)(c, extra, k);
			r->entry[k - from] = r->factor[place] =
				(REAL)exp((double)scores[place] - c->step);
			most = r->factor[place] > most ? r->factor[place] : most;
		}
		r->scale[t] = c->kernels->forward_row(
			row, row - s, r->psi + t * s, r->factor, tags, s);
		/* What was lost below the range may have counted as much as the largest. */
		if (!(r->scale[t] >= (REAL)LEAST * most))
			return false;
		for (size_t k = extra->begin[t]; k < extra->begin[t + 1]; k++) {
			size_t place = NAME(place)(c, extra, k);
			r->factor[place] = c->factor[place];
		}
	}
	return true;
}

/* The kernel's backward, in the same way, and the expected transitions. */
static void NAME(backward_extra)(const struct NAME(wp_chain) * c,
	const struct NAME(chain_job) * job, const struct NAME(chain_rows) * r)
{
	const struct NAME(wp_chain_extra) *extra = job->extra;
	const struct NAME(wp_chain_sums) none = {0}, *e = job->expected ? job->expected : &none;
	size_t tags = c->tags, s = c->stride, first = extra->begin[0];
	memcpy(r->factor, c->transposed, tags * s * sizeof *r->factor);
	memset(r->sum, 0, tags * s * sizeof *r->sum);
	for (size_t t = job->n; t-- > 0;) {
		REAL *psi = r->psi + t * s;
		const REAL *from = t ? r->alpha + (t - 1) * s : NULL;
		size_t k, begin = extra->begin[t], end = extra->begin[t + 1];
		for (k = begin; k < end; k++)
			r->factor[NAME(place_transposed)(c, extra, k)] = r->entry[k - first];
		c->kernels->backward_row(
			r->alpha + t * s, psi, r->scale[t], r->factor, r->beta, tags, s);
		if (from && e->transition)
			c->kernels->pairs(r->sum, psi, r->factor, from, tags, s);
		for (k = begin; k < end && from && e->extra; k++)
			e->extra[k] += from[wp_chain_pair_from(extra->pair[k])] *
				r->entry[k - first] * psi[wp_chain_pair_to(extra->pair[k])];
		for (k = begin; k < end; k++) {
			size_t place = NAME(place_transposed)(c, extra, k);
			r->factor[place] = c->transposed[place];
		}
	}
	for (size_t j = 0; j < tags; j++) {
		if (e->start)
			e->start[j] += r->alpha[j];
		if (e->end)
			e->end[j] += r->alpha[(job->n - 1) * s + j];
		for (size_t i = 0; i < tags && e->transition; i++)
			e->transition[i * tags + j] += r->sum[j * s + i];
	}
}

static void NAME(add_expected)(const struct NAME(wp_chain) * c,
	const struct NAME(chain_job) * job, const struct NAME(chain_rows) * r)
{
	size_t tags = c->tags, s = c->stride, n = job->n;
	const struct NAME(wp_chain_sums) *e = job->expected;
	for (size_t j = 0; j < tags && e->start; j++)
		e->start[j] += r->alpha[j];
	for (size_t j = 0; j < tags && e->end; j++)
		e->end[j] += r->alpha[(n - 1) * s + j];
	if (!e->transition || n < 2)
		return;
	memset(r->sum, 0, tags * s * sizeof *r->sum);
	c->kernels->outer(r->sum, r->before, r->psi + s, n - 1, tags, s);
	for (size_t i = 0; i < tags; i++)
		for (size_t j = 0; j < tags; j++)
			e->transition[i * tags + j] += r->sum[i * s + j] * c->factor[i * s + j];
}

static enum wp_err NAME(forward_backward)(const struct NAME(wp_chain) * c,
	struct wp_chain_work *work, const struct NAME(chain_job) * job, double *log_z)
{
	size_t tags = c->tags, s = c->stride, n = job->n;
	*log_z = 0;
	if (n == 0)
		return WP_OK;
	struct NAME(chain_rows) r;
	enum wp_err err = NAME(work_rows)(c, work, n, job->extra, &r);
	if (err)
		return err;
	REAL padding = job->exponentials ? 0 : (REAL)-INFINITY;
	for (size_t t = 0; t < n; t++) {
		memcpy(r.psi + t * s, job->unary + t * job->stride, tags * sizeof *r.psi);
		for (size_t j = tags; j < s; j++)
			r.psi[t * s + j] = padding;
	}
	double sum = c->offset + (double)(n - 1) * c->step;
	if (!job->exponentials)
		sum += c->kernels->exponentials(r.psi, n, s);
	bool good = job->extra ? NAME(forward_extra)(c, job, &r)
			       : c->kernels->forward(r.alpha, r.scale, r.psi, c->factor,
					 c->first, n, tags, s, (REAL)LEAST);
	double end = 0;
	for (size_t j = 0; j < tags && good; j++)
		end += (double)(r.alpha[(n - 1) * s + j] * c->last[j]);
	if (!(end >= LEAST) || !isfinite(end))
		return NAME(in_logarithms)(c, job, log_z);
	for (size_t t = 0; t < n; t++)
		sum += log((double)r.scale[t]);
	*log_z = sum + log(end);
	if (!job->marginal && !job->expected)
		return WP_OK;
	for (size_t j = 0; j < s; j++)
		r.beta[j] = (REAL)((double)c->last[j] / end);
	if (job->extra)
		NAME(backward_extra)(c, job, &r);
	else
		c->kernels->backward(r.alpha, r.psi, r.scale, c->transposed, r.beta,
			job->expected ? r.before : NULL, n, tags, s);
	if (job->expected && !job->extra)
		NAME(add_expected)(c, job, &r);
	for (size_t t = 0; t < n && job->marginal; t++)
		memcpy(job->marginal + t * job->marginal_stride, r.alpha + t * s,
			tags * sizeof *r.alpha);
	return WP_OK;
}

enum wp_err CALL(marginals)(const struct NAME(wp_chain) * chain, struct wp_chain_work *work,
	const REAL *unary, size_t stride, size_t n, const struct NAME(wp_chain_extra) * extra,
	REAL *marginal, size_t marginal_stride, const struct NAME(wp_chain_sums) * expected,
	double *log_z)
{
	struct NAME(chain_job)
		job = {unary, marginal, stride, marginal_stride, n, extra, expected, false};
	return NAME(forward_backward)(chain, work, &job, log_z);
}

enum wp_err CALL(posteriors)(const struct NAME(wp_chain) * chain, struct wp_chain_work *work,
	const REAL *potential, size_t stride, size_t n, REAL *marginal, size_t marginal_stride,
	const struct NAME(wp_chain_sums) * expected, double *log_z)
{
	struct NAME(chain_job)
		job = {potential, marginal, stride, marginal_stride, n, NULL, expected, true};
	return NAME(forward_backward)(chain, work, &job, log_z);
}

enum wp_err CALL(gradient)(const struct NAME(wp_chain) * c, struct wp_chain_work *work,
	const REAL *unary, size_t stride, size_t n, const struct NAME(wp_chain_extra) * extra,
	const int32_t *tags, REAL *unary_gradient, size_t gradient_stride,
	const struct NAME(wp_chain_sums) * gradient, double *log_likelihood)
{
	double score = CALL(score)(c, unary, stride, n, extra, tags), log_z;
	size_t count = c->tags;
	/* Expected counts are added, and a gradient has them subtracted: change the sign round
	 * the addition. */
	const struct NAME(wp_chain_sums) none = {0}, *g = gradient ? gradient : &none;
	REAL *sums[] = {g->transition, g->start, g->end,
		extra && g->extra ? g->extra + extra->begin[0] : NULL};
	size_t size[] = {
		count * count, count, count, extra ? extra->begin[n] - extra->begin[0] : 0};
	for (int k = 0; k < 4; k++)
		for (size_t i = 0; i < size[k] && sums[k]; i++)
			sums[k][i] = -sums[k][i];
	enum wp_err err = CALL(marginals)(c, work, unary, stride, n, extra, unary_gradient,
		gradient_stride, gradient, &log_z);
	for (int k = 0; k < 4; k++)
		for (size_t i = 0; i < size[k] && sums[k]; i++)
			sums[k][i] = -sums[k][i];
	*log_likelihood = score > -INFINITY ? score - log_z : -INFINITY;
	for (size_t t = 0; t < n && !err; t++) {
		REAL *row = unary_gradient + t * gradient_stride;
		for (size_t j = 0; j < count; j++)
			row[j] = -row[j];
		row[tags[t]] += 1;
		if (t && g->transition)
			g->transition[(size_t)tags[t - 1] * count + (size_t)tags[t]] += 1;
		if (!t || !extra || !g->extra)
			continue;
		uint32_t pair = wp_chain_pair((size_t)tags[t - 1], (size_t)tags[t]);
		for (size_t k = extra->begin[t]; k < extra->begin[t + 1]; k++)
			g->extra[k] += extra->pair[k] == pair ? 1 : 0;
	}
	if (!err && n && g->start)
		g->start[tags[0]] += 1;
	if (!err && n && g->end)
		g->end[tags[n - 1]] += 1;
	return err;
}

/* ---- The best sequences ---- */

enum wp_err CALL(viterbi)(const struct NAME(wp_chain) * c, struct wp_chain_work *work,
	const REAL *unary, size_t stride, size_t n, const struct NAME(wp_chain_extra) * extra,
	int32_t *tags, double *score)
{
	size_t count = c->tags, s = c->stride;
	if (score)
		*score = 0;
	if (n == 0)
		return WP_OK;
	enum wp_err err = work_need(work, (n + 2 + (extra ? count : 0)) * s, sizeof(REAL));
	if (err)
		return err;
	REAL *now = (REAL *)work->data, *next = now + s;
	LANE *back = (LANE *)(void *)(next + s);
	struct NAME(chain_steps) steps = NAME(steps)(c, extra, next + (n + 1) * s);
	for (size_t j = 0; j < count; j++)
		now[j] = c->start[j] + unary[j];
	for (size_t t = 1; t < n; t++) {
		c->kernels->best(next, back + t * s, now, NAME(scores_at)(&steps, t), count, s);
		for (size_t j = 0; j < count; j++)
			next[j] += unary[t * stride + j];
		REAL *swap = now;
		now = next;
		next = swap;
	}
	size_t best = 0;
	for (size_t j = 0; j < count; j++) {
		now[j] += c->end[j];
		if (now[j] > now[best])
			best = j;
	}
	if (score)
		*score = (double)now[best];
	for (size_t t = n; t-- > 0;) {
		tags[t] = (int32_t)best;
		if (t)
			best = (size_t)back[t * s + best];
	}
	return WP_OK;
}

enum wp_err CALL(best)(const struct NAME(wp_chain) * c, struct wp_chain_work *work,
	const REAL *unary, size_t stride, size_t n, const struct NAME(wp_chain_extra) * extra,
	size_t best, int32_t *tags, double *score, size_t *found)
{
	size_t count = c->tags;
	*found = 0;
	if (n == 0 || best == 0) {
		*found = best > 0;
		if (best)
			score[0] = 0;
		return WP_OK;
	}
	/* The `best` partial sequences that end in each tag, in falling order. */
	size_t cells;
	if (!wp_mulsize(n * count, best, &cells))
		return wp_fail(WP_ELIMIT, "too many best sequences");
	size_t matrix = count * c->stride * sizeof(REAL) / sizeof(struct partial) + 1;
	enum wp_err err =
		work_need(work, cells + count + (extra ? matrix : 0), sizeof(struct partial));
	if (err)
		return err;
	struct partial *table = (struct partial *)work->data;
	struct partial *head = table + cells; /* head[i].rank: the next one from tag i */
	struct NAME(chain_steps) steps = NAME(steps)(c, extra, (REAL *)(void *)(head + count));
	for (size_t t = 0; t <= n; t++) {
		const REAL *transition = t < n ? NAME(scores_at)(&steps, t) : NULL;
		for (size_t j = 0; j < (t < n ? count : 1); j++) {
			double here = t < n ? (double)unary[t * stride + j] : 0;
			/* Behind the last step, nothing is put there. */
			struct partial *to = table + ((t < n ? t : 0) * count + j) * best;
			if (t == 0) {
				for (size_t k = 0; k < best; k++)
					to[k].score = -INFINITY;
				to[0] = (struct partial){here + (double)c->start[j], 0, 0};
				continue;
			}
			const struct partial *from = table + (t - 1) * count * best;
			for (size_t i = 0; i < count; i++)
				head[i].rank = 0;
			for (size_t k = 0; k < best; k++) {
				struct partial top = {-INFINITY, 0, 0};
				for (size_t i = 0; i < count; i++) {
					if (head[i].rank >= best)
						continue;
					double x = from[i * best + head[i].rank].score +
						(double)(t < n ? transition[i * c->stride + j]
							       : c->end[i]);
					if (x > top.score)
						top = (struct partial){
							x, (uint32_t)i, head[i].rank};
				}
				if (top.score > -INFINITY)
					head[top.tag].rank++;
				if (t < n) {
					top.score += here;
					to[k] = top;
					continue;
				}
				if (!(top.score > -INFINITY))
					return WP_OK;
				/* One of the best: follow it back. */
				score[k] = top.score;
				struct partial at = top;
				for (size_t back = n; back-- > 0;) {
					tags[k * n + back] = (int32_t)at.tag;
					at = table[(back * count + at.tag) * best + at.rank];
				}
				*found = k + 1;
			}
		}
	}
	return WP_OK;
}
