/* The network's arithmetic is compiled twice: in single precision for training, and in double
 * precision (-DWP_NN_F64), so that gradients can be compared with finite differences of the
 * very same code.  (Internal.) */
#ifndef WP_NN_REAL_H
#define WP_NN_REAL_H

#ifdef WP_NN_F64
typedef double real;
#define NN(name) wp_nn64_##name
#else
typedef float real;
#define NN(name) wp_nn_##name
#endif

#endif
