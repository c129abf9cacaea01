#include "math/lbfgs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The constants of the Wolfe conditions, as quasi-Newton methods have them. */
static const double decrease = 1e-4, curvature = 0.9;

struct wp_lbfgs_config wp_lbfgs_default(void)
{
	return (struct wp_lbfgs_config){.memory = 6,
		.epsilon = 1e-5,
		.delta = 1e-5,
		.period = 10,
		.max_evaluations = 20};
}

enum wp_err wp_lbfgs_init(struct wp_lbfgs *m, const struct wp_lbfgs_config *config, size_t n)
{
	*m = (struct wp_lbfgs){.config = *config, .n = n};
	if (config->memory < 1 || config->memory > 64 || config->period < 0 ||
		config->period > 64 || config->max_evaluations < 1 || !(config->l1 >= 0))
		return wp_fail(WP_EINVAL, "L-BFGS: a setting is out of its range");
	size_t bytes;
	if (!wp_mulsize(n, (2 * (size_t)config->memory + 5) * sizeof(double), &bytes))
		return wp_fail(WP_ELIMIT, "L-BFGS: too many variables");
	enum wp_err err = wp_table_alloc(&m->memory, bytes, "the variables of L-BFGS");
	if (err)
		return err;
	double **part[] = {&m->x, &m->gradient, &m->direction, &m->next, &m->next_gradient};
	for (size_t i = 0; i < 5; i++)
		*part[i] = m->memory + i * n;
	m->history = m->memory + 5 * n;
	return WP_OK;
}

void wp_lbfgs_fini(struct wp_lbfgs *m)
{
	free(m->memory);
	*m = (struct wp_lbfgs){0};
}

/* In eight sums, which the compiler keeps in registers. */
static double dot(const double *a, const double *b, size_t n)
{
	double sum[8] = {0};
	size_t i = 0;
	for (; i + 8 <= n; i += 8)
		for (size_t k = 0; k < 8; k++)
			sum[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum[0] += a[i] * b[i];
	return ((sum[0] + sum[1]) + (sum[2] + sum[3])) +
		((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

static void add_scaled(double *to, double factor, const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += factor * x[i];
}

/* The least subgradient of the value with its penalty. */
static double pseudo_gradient(double l1, double x, double g)
{
	if (x < 0 || x > 0)
		return x > 0 ? g + l1 : g - l1;
	return g + l1 < 0 ? g + l1 : g - l1 > 0 ? g - l1 : 0;
}

static double *pair(const struct wp_lbfgs *m, int i, int which)
{
	size_t slot = (size_t)(i % m->config.memory);
	return m->history + (2 * slot + (size_t)which) * m->n;
}

/* The two loops over the pairs (Nocedal & Wright 2006, algorithm 7.4): direction = -H gradient,
 * where the direction holds the gradient at the beginning. */
static void find_direction(struct wp_lbfgs *m)
{
	double alpha[64] = {0}, *d = m->direction;
	int last = m->pairs, kept = last < m->config.memory ? last : m->config.memory;
	for (int i = last - 1; i >= last - kept; i--) {
		int k = i % m->config.memory;
		alpha[k] = m->scale[k] * dot(pair(m, i, 0), d, m->n);
		add_scaled(d, -alpha[k], pair(m, i, 1), m->n);
	}
	if (kept > 0) {
		const double *y = pair(m, last - 1, 1);
		double gamma = 1 / (m->scale[(last - 1) % m->config.memory] * dot(y, y, m->n));
		for (size_t i = 0; i < m->n; i++)
			d[i] *= gamma;
	}
	for (int i = last - kept; i < last; i++) {
		int k = i % m->config.memory;
		double beta = m->scale[k] * dot(pair(m, i, 1), d, m->n);
		add_scaled(d, alpha[k] - beta, pair(m, i, 0), m->n);
	}
	for (size_t i = 0; i < m->n; i++)
		d[i] = -d[i];
}

struct search {
	struct wp_lbfgs *m;
	wp_lbfgs_function *function;
	void *arg;
	double start, slope; /* value and derivative at 0 */
	int left;            /* evaluations               */
};

/* A place on the line: how far, the value, and the derivative along the direction. */
struct place {
	double step, value, slope;
};

static enum wp_err evaluate(struct search *s, double step, struct place *place)
{
	struct wp_lbfgs *m = s->m;
	for (size_t i = 0; i < m->n; i++)
		m->next[i] = m->x[i] + step * m->direction[i];
	place->step = step;
	s->left--;
	m->evaluations++;
	enum wp_err err = s->function(s->arg, m->next, m->next_gradient, &place->value);
	place->slope = err ? 0 : dot(m->next_gradient, m->direction, m->n);
	if (!isfinite(place->value) || !isfinite(place->slope))
		place->value = INFINITY;
	return err;
}

/* The minimum of the cubic through two places, kept off the ends. */
static double interpolate(const struct place *a, const struct place *b)
{
	double width = b->step - a->step, middle = a->step + width / 2;
	if (!isfinite(b->value) || !isfinite(a->value))
		return a->step + width / 10;
	double d1 = a->slope + b->slope - 3 * (a->value - b->value) / (a->step - b->step);
	double square = d1 * d1 - a->slope * b->slope;
	if (!(square >= 0))
		return middle;
	double d2 = width > 0 ? sqrt(square) : -sqrt(square);
	double step = b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
	double low = a->step + 0.1 * width, high = b->step - 0.1 * width;
	if (low > high) {
		double swap = low;
		low = high;
		high = swap;
	}
	return step >= low && step <= high ? step
		: step < low               ? low
		: step > high              ? high
					   : middle;
}

static bool falls_enough(const struct search *s, const struct place *p)
{
	return p->value <= s->start + decrease * p->step * s->slope;
}

static bool is_flat(const struct search *s, const struct place *p)
{
	return fabs(p->slope) <= -curvature * s->slope;
}

/* Find a step between two places, of which `low` is the lower one. */
static enum wp_err zoom(
	struct search *s, struct place low, struct place high, struct place *found)
{
	enum wp_err err = WP_OK;
	bool at_low = false;
	while (s->left > 0 && !err) {
		struct place p;
		err = evaluate(s, interpolate(&low, &high), &p);
		if (err)
			return err;
		at_low = false;
		if (!falls_enough(s, &p) || p.value >= low.value) {
			high = p;
		} else {
			if (is_flat(s, &p)) {
				*found = p;
				return WP_OK;
			}
			if (p.slope * (high.step - low.step) >= 0)
				high = low;
			low = p;
			at_low = true;
		}
		if (fabs(high.step - low.step) <= 1e-12 * fabs(low.step))
			break;
	}
	/* No step is flat enough; the best one that falls will do, if there is one. */
	if (low.step > 0 && !at_low)
		err = evaluate(s, low.step, &low);
	*found = low;
	return err;
}

static enum wp_err search_wolfe(struct search *s, double step, struct place *found)
{
	struct place last = {0, s->start, s->slope}, p = last;
	*found = last;
	for (bool first = true; s->left > 0; first = false) {
		enum wp_err err = evaluate(s, step, &p);
		if (err)
			return err;
		if (!falls_enough(s, &p) || (!first && p.value >= last.value))
			return zoom(s, last, p, found);
		if (is_flat(s, &p)) {
			*found = p;
			return WP_OK;
		}
		if (p.slope >= 0)
			return zoom(s, p, last, found);
		*found = last = p;
		step *= 2;
	}
	return WP_OK;
}

/* With l1: shorten the step until the value falls enough; what would change its sign stops at
 * 0 (Andrew & Gao 2007, section 3.3). */
static enum wp_err search_orthant(struct search *s, double step, struct place *found)
{
	struct wp_lbfgs *m = s->m;
	double l1 = m->config.l1;
	*found = (struct place){0, s->start, s->slope};
	for (; s->left > 0; step /= 2) {
		struct place p = {.step = step};
		double penalty = 0, fall = 0;
		for (size_t i = 0; i < m->n; i++) {
			double g = pseudo_gradient(l1, m->x[i], m->gradient[i]);
			double sign = m->x[i] > 0 || m->x[i] < 0 ? m->x[i] : -g;
			double x = m->x[i] + step * m->direction[i];
			m->next[i] = x * sign > 0 ? x : 0;
			penalty += fabs(m->next[i]);
			fall += g * (m->next[i] - m->x[i]);
		}
		s->left--;
		m->evaluations++;
		enum wp_err err = s->function(s->arg, m->next, m->next_gradient, &p.value);
		if (err)
			return err;
		p.value += l1 * penalty;
		if (isfinite(p.value) && p.value <= s->start + decrease * fall) {
			*found = p;
			return WP_OK;
		}
	}
	return WP_OK;
}

static void measure(struct wp_lbfgs *m)
{
	double l1 = m->config.l1;
	for (size_t i = 0; i < m->n; i++)
		m->direction[i] =
			l1 > 0 ? pseudo_gradient(l1, m->x[i], m->gradient[i]) : m->gradient[i];
	m->norm = sqrt(dot(m->direction, m->direction, m->n));
	double length = sqrt(dot(m->x, m->x, m->n));
	if (m->norm <= m->config.epsilon * (length > 1 ? length : 1))
		m->state = WP_LBFGS_CONVERGED;
	int period = m->config.period;
	if (period > 0) {
		double *old = &m->values[m->iterations % period];
		if (m->iterations >= period &&
			*old - m->value < m->config.delta * fabs(m->value))
			m->state = WP_LBFGS_CONVERGED;
		*old = m->value;
	}
}

static enum wp_err begin(struct wp_lbfgs *m, wp_lbfgs_function *function, void *arg)
{
	m->evaluations++;
	enum wp_err err = function(arg, m->x, m->gradient, &m->value);
	if (err)
		return err;
	double penalty = 0;
	for (size_t i = 0; i < m->n; i++)
		penalty += fabs(m->x[i]);
	if (m->config.l1 > 0)
		m->value += m->config.l1 * penalty;
	if (!isfinite(m->value))
		return wp_fail(WP_EDIVERGED, "the objective is no number at the beginning");
	measure(m);
	return WP_OK;
}

/* Keep what the step changed, where it is curved as at a minimum. */
static void keep_pair(struct wp_lbfgs *m)
{
	double *s = pair(m, m->pairs, 0), *y = pair(m, m->pairs, 1);
	for (size_t i = 0; i < m->n; i++) {
		s[i] = m->next[i] - m->x[i];
		y[i] = m->next_gradient[i] - m->gradient[i];
	}
	double product = dot(s, y, m->n);
	if (product > 1e-300) {
		m->scale[m->pairs % m->config.memory] = 1 / product;
		m->pairs++;
	}
}

enum wp_err wp_lbfgs_step(struct wp_lbfgs *m, wp_lbfgs_function *function, void *arg)
{
	enum wp_err err = WP_OK;
	if (m->evaluations == 0)
		err = begin(m, function, arg);
	if (err || m->state != WP_LBFGS_RUNNING)
		return err;
	bool l1 = m->config.l1 > 0;
	for (;;) { /* again from scratch where the pairs mislead */
		for (size_t i = 0; i < m->n; i++)
			m->direction[i] = l1
				? pseudo_gradient(m->config.l1, m->x[i], m->gradient[i])
				: m->gradient[i];
		find_direction(m);
		struct search s = {m, function, arg, m->value, 0, m->config.max_evaluations};
		for (size_t i = 0; i < m->n; i++) {
			double g = l1 ? pseudo_gradient(m->config.l1, m->x[i], m->gradient[i])
				      : m->gradient[i];
			if (l1 && m->direction[i] * g >= 0)
				m->direction[i] = 0;
			s.slope += m->direction[i] * g;
		}
		struct place found = {0, m->value, 0};
		double first = m->pairs > 0 ? 1 : 1 / (m->norm > 1 ? m->norm : 1);
		if (s.slope < 0)
			err = l1 ? search_orthant(&s, first, &found)
				 : search_wolfe(&s, first, &found);
		if (err)
			return err;
		m->step = found.step;
		if (found.step > 0) {
			keep_pair(m);
			m->value = found.value;
			break;
		}
		if (m->pairs == 0) {
			m->state = WP_LBFGS_STUCK;
			return WP_OK;
		}
		m->pairs = 0;
	}
	double *swap = m->x;
	m->x = m->next;
	m->next = swap;
	swap = m->gradient;
	m->gradient = m->next_gradient;
	m->next_gradient = swap;
	m->iterations++;
	measure(m);
	return WP_OK;
}
