/* Streams of sparse matrices: the cells that come out are sorted, positive and within the
 * matrix, what GloVe takes of them can be trained, and what they are as counts can be weighed
 * and decomposed. */
#include <math.h>

#include "base/memory.h"
#include "embed/glove_stream.h"
#include "embed/svd_embed.h"
#include "embed/weighting.h"
#include "fuzz.h"
#include "stream/cells.h"

static struct wp_reader *open_memory(const uint8_t *data, size_t size)
{
	struct wp_input *input;
	struct wp_reader *reader;
	if (wp_input_memory(&input, data, size, "fuzz") || wp_reader_over(&reader, input))
		return NULL;
	return reader;
}

static void fuzz_reader(const uint8_t *data, size_t size)
{
	struct wp_reader *reader = open_memory(data, size);
	struct wp_cells_reader *cells;
	if (!reader)
		return;
	if (wp_cells_reader_create(&cells, "cooc"))
		abort();
	const struct wp_tensor *tensor;
	struct wp_cells batch;
	struct wp_cells_shape shape;
	int64_t row = -1, col = -1, most = -1;
	uint64_t count = 0;
	enum wp_err err;
	while (!(err = wp_reader_next(reader, &tensor))) {
		if (!wp_cells_own(cells, tensor))
			continue;
		if ((err = wp_cells_take(cells, reader, tensor, &batch)))
			break;
		for (size_t i = 0; i < batch.count; i++) {
			must(batch.row[i] > row || (batch.row[i] == row && batch.col[i] > col));
			must(batch.col[i] >= 0 && batch.row[i] >= 0);
			row = batch.row[i];
			col = batch.col[i];
			most = col > most ? col : most;
		}
		count += batch.count;
	}
	if (err == WP_END && !wp_cells_end(cells, reader, &shape))
		must(shape.cells == count && shape.rows > row && shape.columns > most);
	wp_cells_reader_free(cells);
	wp_reader_close(reader);
}

static enum wp_err ignore(void *arg, struct wp_reader *reader, const struct wp_tensor *tensor)
{
	(void)arg, (void)reader, (void)tensor;
	return WP_OK;
}

static void fuzz_glove(const uint8_t *data, size_t size)
{
	struct wp_reader *reader = open_memory(data, size);
	struct wp_glove_cells *cells;
	struct wp_glove_config config;
	struct wp_glove *model;
	if (!reader)
		return;
	wp_glove_default(&config);
	config.dim = 3;
	config.epochs = 1;
	enum wp_err err =
		wp_glove_cells_read(&cells, reader, config.dim, 1 << 16, "/tmp", ignore, NULL);
	wp_reader_close(reader);
	if (err)
		return;
	fuzz_accepted++;
	must(wp_glove_cells_count(cells) > 0);
	if (!wp_glove_create(&model, &config, cells)) {
		must(!wp_glove_train(model, 0, NULL, NULL, NULL));
		struct wp_glove_position end = wp_glove_position(model);
		must(end.cells == wp_glove_cells_count(cells) && isfinite(end.cost));
		wp_glove_free(model);
	}
	wp_glove_cells_free(cells);
}

static void fuzz_svd(const uint8_t *data, size_t size)
{
	struct wp_reader *reader = open_memory(data, size);
	struct wp_sparse counts;
	struct wp_weighting weighting;
	struct wp_svd_config config;
	enum wp_count_source source;
	struct wp_svd svd;
	if (!reader)
		return;
	wp_weighting_default(&weighting);
	wp_svd_default(&config);
	config.k = 1;
	config.memory = 1 << 20;
	enum wp_err err = wp_counts_read(&counts, &source, reader, config.memory, ignore, NULL);
	wp_reader_close(reader);
	if (err)
		return;
	if (!wp_weigh(&counts, &weighting) &&
		!wp_svd_compute(&svd, &counts, &config, NULL, NULL)) {
		must(svd.sigma[0] >= 0 &&
			svd.sigma[0] * svd.sigma[0] <= svd.square_sum * (1 + 1e-4));
		wp_svd_fini(&svd);
	}
	wp_sparse_fini(&counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(data, size);
	fuzz_glove(data, size);
	fuzz_svd(data, size);
	return 0;
}
