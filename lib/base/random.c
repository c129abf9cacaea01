#include "base/random.h"

#include <math.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void wp_rng_seed(struct wp_rng *rng, uint64_t seed, uint64_t lane)
{
	uint64_t x = seed;
	x = splitmix64(&x) + lane;
	for (int i = 0; i < 4; i++)
		rng->state[i] = splitmix64(&x);
}

uint64_t wp_random_seed(void)
{
	uint64_t seed = 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ssize_t got = read(fd, &seed, sizeof seed);
		close(fd);
		if (got == (ssize_t)sizeof seed)
			return seed;
	}
	return (uint64_t)time(NULL);
}

double wp_rng_normal(struct wp_rng *rng)
{
	const double turn = 6.28318530717958647692;
	double radius = sqrt(-2 * log(1 - wp_rng_double(rng)));
	return radius * cos(turn * wp_rng_double(rng));
}
