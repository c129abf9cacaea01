/* A training, seen from inside.  (Internal.) */
#ifndef WP_NN_TRAINER_STATE_H
#define WP_NN_TRAINER_STATE_H

#include "nn/net/graph.h"
#include "nn/net/net.h"
#include "nn/train/trainer.h"

/* A batcher and the nets that run its shards, each with the states that it carries on. */
struct wp_nn_split {
	struct wp_nn_batcher *batcher;
	struct wp_nn_context context;
	struct wp_nn_net *net[WP_NN_SHARDS]; /* as many as a batch can have shards */
	int nets;
	struct wp_nn_batch batch[WP_NN_SHARDS];
	int shards; /* of the last batch */
};

/* How far training has come. */
struct wp_nn_position {
	uint64_t step;   /* updates done                                                    */
	uint64_t number; /* of the next batch                                               */
	uint64_t best_step;
	int epoch; /* and its epoch                                                   */
	int worse; /* validations since the best one                                  */
	int drops; /* validations that were not the best                              */
	double epoch_loss, epoch_targets; /* trained in the last epoch that has begun       */
	uint64_t averaged; /* how many parameters the average is of                        */
	bool validated, ended;
	bool averaging; /* the average has begun                                           */
};

struct wp_nn_trainer {
	struct wp_nn_training config;
	struct wp_nn_model *model;
	struct wp_nn_context context;
	struct wp_nn_data data, valid_data;
	struct wp_nn_split train, valid; /* valid.nets is 0 where there is nothing to try on */
	struct wp_nn_gradient *gradient; /* of the batch                                    */
	struct wp_nn_gradient *spare[WP_NN_SHARDS]; /* of shards that run at the same time */
	int spares;
	struct wp_nn_optimizer *optimizer;
	struct wp_nn_whole *whole; /* of a method that sees all data at once, or NULL       */
	struct wp_nn_step update;
	float *best_theta; /* (params.size), or NULL */
	float *average;    /* (params.size), or NULL */
	bool paused;       /* the run is to return   */
	bool fresh;        /* nothing was updated since the last validation */
	struct wp_nn_validation best;
	struct wp_nn_chunk_measure *chunks; /* of best_by F1, or NULL */
	double naive, naive_valid; /* loss of the naive forecast; 0: there is none          */
	struct wp_nn_position position;
};

/* Set the lines of model->learnt; epochs: so many have passed. */
WP_MUST_CHECK enum wp_err wp_nn_keep_learnt(struct wp_nn_trainer *trainer, double epochs);

/* The parameters that count: their average, where there is one. */
static inline const float *wp_nn_trained(const struct wp_nn_trainer *t)
{
	return t->position.averaged > 0 ? t->average : t->model->theta;
}

/* About so many bytes for each row of a batch, from forward to backward. */
size_t wp_nn_row_bytes(const struct wp_nn_graph *graph);

/* Rows of the largest batch, at most; and steps of the longest sequence in one. */
WP_MUST_CHECK enum wp_err wp_nn_largest_batch(
	const struct wp_nn_data *data, const struct wp_nn_batching *how, size_t *rows);
size_t wp_nn_longest_sequence(const struct wp_nn_data *data, const struct wp_nn_batching *how);

/* WP_ELIMIT where the longest sequence, if it is not cut, takes more than so many bytes, and
 * than a mebibyte (0: no bound). */
WP_MUST_CHECK enum wp_err wp_nn_check_memory(const struct wp_nn_graph *graph,
	const struct wp_nn_data *data, const struct wp_nn_batching *how, size_t memory);

#endif
