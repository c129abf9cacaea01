/* The recurrent cells: one step of a layer, forward and backward.  (Internal: with real.h.)
 *
 * x_t is the input of step t, a row vector; h_t the state; W, U, b the parameters `input`,
 * `recurrent` and `bias` of rnn/layout.h; s the logistic function; . the product element by
 * element.
 *
 *	Elman (Elman 1990)            h_t = f(x_t W + h_t-1 U + b), f = tanh, ReLU or s
 *
 *	Jordan (Jordan 1986)          h_t = f(x_t W + y_t-1 U + b)
 *	                              y_t = g(h_t V + c), g = soft-max, or the identity in regress;
 *	                              V, c are output.weight and output.bias; y_-1 = 0
 *
 *	LSTM (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000)
 *	                              i, f, o = s(x_t W + h_t-1 U + b), g = tanh(...)
 *	                              c_t = f . c_t-1 + i . g
 *	                              h_t = o . tanh(c_t)
 *
 *	peephole LSTM (Gers & Schmidhuber 2000), p being `peephole`
 *	                              i and f see p_i . c_t-1 and p_f . c_t-1 as well,
 *	                              o sees p_o . c_t
 *
 *	GRU (Cho et al. 2014)         r, z = s(x_t W + h_t-1 U + b)
 *	                              h_t = (1 - z) . n + z . h_t-1
 *	     reset after the product  n = tanh(x_t W_n + b_n + r . (h_t-1 U_n + state_bias))
 *	     reset before it          n = tanh(x_t W_n + b_n + (r . h_t-1) U_n)
 */
