/* A training, seen from inside.  (Internal.) */
#ifndef WP_RNN_TRAINER_H
#define WP_RNN_TRAINER_H

#include "rnn/net.h"
#include "rnn/train.h"

/* A batcher and the nets that run its shards, each with the states that it carries on. */
struct wp_rnn_lane {
	struct wp_rnn_batcher *batcher;
	struct wp_rnn_facts facts;
	struct wp_rnn_net *net[WP_RNN_SHARDS]; /* as many as a batch can have shards */
	int nets;
	struct wp_rnn_batch batch[WP_RNN_SHARDS];
	int shards; /* of the last batch */
};

/* How far training has come. */
struct wp_rnn_position {
	uint64_t step;   /* updates done                                                    */
	uint64_t number; /* of the next batch                                               */
	uint64_t best_step;
	int epoch; /* and its epoch                                                   */
	int worse; /* validations since the best one                                  */
	int drops; /* validations that were not the best                              */
	bool validated, ended;
};

struct wp_rnn_trainer {
	struct wp_rnn_training config;
	struct wp_rnn_model *model;
	struct wp_rnn_facts facts;
	struct wp_rnn_data data;
	struct wp_rnn_lane train, valid;  /* valid.nets is 0 where there is nothing to try on */
	struct wp_rnn_gradient *gradient; /* of the batch                                    */
	struct wp_rnn_gradient *spare[WP_RNN_SHARDS]; /* of shards that run at the same time */
	int spares;
	struct wp_rnn_optimizer *optimizer;
	struct wp_rnn_step update;
	float *best_theta; /* (layout.size), or NULL */
	struct wp_rnn_validation best;
	struct wp_rnn_position position;
};

#endif
