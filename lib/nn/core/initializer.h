/* How the weights of a network begin, by the names that the field gives it: a table, which
 * options and checks read.  A way is a function and an entry in initializer.c. */
#ifndef WP_NN_INITIALIZER_H
#define WP_NN_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct wp_rng;

/* Places in the table. */
enum wp_nn_initializer {
	WP_NN_UNIFORM,    /* by its kind (nn/core/params.h): as PyTorch has it            */
	WP_NN_XAVIER,     /* Glorot & Bengio 2010: uniform in +-sqrt(6 / (in + out))      */
	WP_NN_HE,         /* He et al. 2015: normal, variance 2 / in                      */
	WP_NN_ORTHOGONAL, /* Saxe et al. 2014                                             */
	WP_NN_IDENTITY    /* Le et al. 2015: recurrent weights of ReLU                    */
};

struct wp_nn_initializer_type {
	const char *name, *help;
	bool recurrent; /* only for recurrent weights */
	/* p (rows, cols), rows `ld` apart: of a layer, or a gate of it, that reads `in` numbers
	 * and makes `out`.  NULL: uniform, by its kind. */
	void (*fill)(float *p, size_t rows, size_t cols, size_t ld, size_t in, size_t out,
		struct wp_rng *rng);
};

/* In the order of the enum, ended by one without a name. */
extern const struct wp_nn_initializer_type wp_nn_initializers[];

#ifdef __cplusplus
}
#endif
#endif
