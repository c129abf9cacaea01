/* Random numbers: xoshiro256** (Blackman & Vigna 2018), seeded by splitmix64.
 *
 * Small, fast, and the same on every machine.  Each thread owns a generator of its own: give
 * wp_rng_seed the run's seed and the thread's number as `lane`.
 */
#ifndef WP_BASE_RANDOM_H
#define WP_BASE_RANDOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wp_rng {
	uint64_t state[4];
};

/* Begin the sequence that (seed, lane) names.  Other lanes of the same seed are independent. */
void wp_rng_seed(struct wp_rng *rng, uint64_t seed, uint64_t lane);

/* A seed from the system that nobody can foretell: for hash tables, say. */
uint64_t wp_random_seed(void);

static inline uint64_t wp_rotl64(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* The next 64 random bits. */
static inline uint64_t wp_rng_next(struct wp_rng *rng)
{
	uint64_t *s = rng->state;
	uint64_t result = wp_rotl64(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = wp_rotl64(s[3], 45);
	return result;
}

/* Uniform in [0, n); n > 0.  Multiply and shift (Lemire 2019) without the rejection step: the
 * bias is below n / 2^32, nothing for the table sizes here. */
static inline uint32_t wp_rng_below(struct wp_rng *rng, uint32_t n)
{
	return (uint32_t)(((wp_rng_next(rng) >> 32) * n) >> 32);
}

/* Uniform in [0, 1), 24 bits. */
static inline float wp_rng_float(struct wp_rng *rng)
{
	return (float)(wp_rng_next(rng) >> 40) / (1 << 24);
}

/* Uniform in [0, 1), 53 bits. */
static inline double wp_rng_double(struct wp_rng *rng)
{
	return (double)(wp_rng_next(rng) >> 11) / (double)(1ull << 53);
}

/* Normal, of mean 0 and variance 1 (Box & Muller 1958). */
double wp_rng_normal(struct wp_rng *rng);

#ifdef __cplusplus
}
#endif
#endif
