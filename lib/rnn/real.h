/* The network's arithmetic is compiled twice: in single precision for training, and in double
 * precision (-DWP_RNN_F64), so that gradients can be held against finite differences of the
 * very same code.  (Internal.) */
#ifndef WP_RNN_REAL_H
#define WP_RNN_REAL_H

#ifdef WP_RNN_F64
typedef double real;
#define RNN(name) wp_rnn64_##name
#else
typedef float real;
#define RNN(name) wp_rnn_##name
#endif

#endif
