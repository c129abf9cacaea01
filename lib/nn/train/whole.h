/* Methods of training that see all data at once, and not batch by batch.  (Internal.)
 *
 * A step of such a method is an epoch.  All of it is done in double precision, batch by batch
 * in order, so that memory is that of a batch.  A method is a file and an entry of the table of
 * optimisers (nn/train/optimizer.c).
 */
#ifndef WP_NN_WHOLE_H
#define WP_NN_WHOLE_H

#include "math/lbfgs.h"
#include "nn/train/double_net.h"
#include "nn/train/trainer_state.h"

struct wp_nn_whole {
	struct wp_nn_trainer *trainer;
	struct wp_nn_double_net *net;
	double *theta, *gradient; /* (params->size) */
	uint64_t targets;         /* that count     */
	struct wp_lbfgs lbfgs;    /* of that method */
};

struct wp_nn_whole_method {
	/* Does it fit the network and the settings?  WP_EINVAL if not. */
	enum wp_err (*check)(
		const struct wp_nn_training *config, const struct wp_nn_graph *graph);
	enum wp_err (*begin)(struct wp_nn_whole *w); /* NULL: nothing to do */
	/* Changes the model's parameters; *score: the loss on all data, *norm: of its gradient,
	 * or NaN; *ended: there is nothing more to do. */
	enum wp_err (*step)(
		struct wp_nn_whole *w, struct wp_nn_score *score, double *norm, bool *ended);
};

extern const struct wp_nn_whole_method wp_nn_least_squares, wp_nn_lbfgs;

/* Of a trainer whose method is one, else *whole becomes NULL. */
WP_MUST_CHECK enum wp_err wp_nn_whole_create(
	struct wp_nn_whole **whole, struct wp_nn_trainer *trainer);
void wp_nn_whole_free(struct wp_nn_whole *whole); /* may be NULL */

/* Steps after which sequences are cut, which changes nothing: only what is left of the rows
 * before is carried over; 0 where it would. */
int wp_nn_whole_piece(const struct wp_nn_graph *graph);

/* Call work for each batch of the training data, in order. */
typedef enum wp_err wp_nn_whole_work(
	struct wp_nn_whole *w, int shard, const struct wp_nn_double_batch *batch, void *arg);
WP_MUST_CHECK enum wp_err wp_nn_whole_each(
	struct wp_nn_whole *w, wp_nn_whole_work *work, void *arg);

/* The mean loss at theta, and its gradient (params->size), with weight decay by L2. */
WP_MUST_CHECK enum wp_err wp_nn_whole_loss(struct wp_nn_whole *w, const double *theta,
	double *gradient, struct wp_nn_score *score, double *loss);

/* All that a method remembers, to save and to set: `count` numbers. */
size_t wp_nn_whole_saved(const struct wp_nn_whole *w);
void wp_nn_whole_get(const struct wp_nn_whole *w, double *to);
WP_MUST_CHECK bool wp_nn_whole_is_sound(const struct wp_nn_whole *w, const double *from);
void wp_nn_whole_set(struct wp_nn_whole *w, const double *from);

#endif
