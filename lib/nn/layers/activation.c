#include "nn/layers/activation.h"

#include <string.h>

#include "nn/kernels/kernels.h"

static void gate(
	const struct NN(kernels) *k, bool tanh_, real *z, real *y, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++, z += 2 * n, y += n) {
		if (tanh_)
			k->tanh(z, n);
		k->logistic(z + n, n);
		k->multiply(y, z, z + n, n);
	}
}

static void d_gate(bool tanh_, const real *z, const real *d_y, real *d_z, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++, z += 2 * n, d_z += 2 * n, d_y += n)
		for (size_t i = 0; i < n; i++) {
			real a = z[i], g = z[n + i];
			d_z[i] = d_y[i] * g * (tanh_ ? 1 - a * a : 1);
			d_z[n + i] = d_y[i] * a * g * (1 - g);
		}
}

void NN(activate)(const struct NN(kernels) *k, enum wp_nn_function f, real *z, real *y,
	size_t rows, size_t n)
{
	const size_t all = rows * n;
	if (f >= WP_NN_F_GLU) {
		gate(k, f == WP_NN_F_GATED_TANH, z, y, rows, n);
		return;
	}
	if (f == WP_NN_F_GELU) {
		k->gelu(y, z, all);
		return;
	}
	if (y != z)
		memcpy(y, z, all * sizeof *y);
	if (f == WP_NN_F_TANH)
		k->tanh(y, all);
	else if (f == WP_NN_F_SIGMOID)
		k->logistic(y, all);
	else if (f == WP_NN_F_RELU)
		for (size_t i = 0; i < all; i++)
			y[i] = y[i] < 0 ? 0 : y[i];
	else if (f == WP_NN_F_HARDTANH)
		for (size_t i = 0; i < all; i++)
			y[i] = y[i] < -1 ? -1 : y[i] > 1 ? 1 : y[i];
}

void NN(derive)(const struct NN(kernels) *k, enum wp_nn_function f, const real *z,
	const real *y, const real *d_y, real *d_z, size_t rows, size_t n)
{
	const size_t all = rows * n;
	switch (f) {
	case WP_NN_F_LINEAR:
		if (d_z != d_y)
			memcpy(d_z, d_y, all * sizeof *d_z);
		break;
	case WP_NN_F_TANH:
		for (size_t i = 0; i < all; i++)
			d_z[i] = d_y[i] * (1 - y[i] * y[i]);
		break;
	case WP_NN_F_RELU:
		for (size_t i = 0; i < all; i++)
			d_z[i] = y[i] > 0 ? d_y[i] : 0;
		break;
	case WP_NN_F_SIGMOID:
		for (size_t i = 0; i < all; i++)
			d_z[i] = d_y[i] * y[i] * (1 - y[i]);
		break;
	case WP_NN_F_HARDTANH:
		for (size_t i = 0; i < all; i++)
			d_z[i] = y[i] > -1 && y[i] < 1 ? d_y[i] : 0;
		break;
	case WP_NN_F_GELU:
		k->d_gelu(d_z, d_y, z, all);
		break;
	case WP_NN_F_GLU:
	case WP_NN_F_GATED_TANH:
		d_gate(f == WP_NN_F_GATED_TANH, z, d_y, d_z, rows, n);
		break;
	}
}

#ifndef WP_NN_F64
const char *const wp_nn_functions[] = {
	"linear", "tanh", "relu", "sigmoid", "hardtanh", "gelu", "glu", "gated-tanh", NULL};
#endif
