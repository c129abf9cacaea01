/* Whatever vocab reads: token text, lists, streams to merge.  The first byte says which. */
#include "fuzz.h"
#include "text/vocab_list.h"
#include "text/vocab_stream.h"

enum { LABELLED = 1, WITHOUT_UNKNOWN = 2, LIST = 4, MERGE = 8, TAGGED = 16 };

/* Ids and lengths must add up. */
struct sums {
	uint64_t ids, lengths;
};

static enum wp_err add_up(void *arg, const struct wp_id_batch *batch)
{
	struct sums *sums = arg;
	sums->ids += batch->id_count;
	for (size_t i = 0; i < batch->sentence_count; i++)
		sums->lengths += (uint64_t)batch->lengths[i];
	return WP_OK;
}

static void fuzz_counter(const char *data, size_t size, unsigned kind)
{
	const struct wp_count_params params = {.with_ids = true,
		.annotation = kind & LABELLED ? WP_LABELLED
			: kind & TAGGED       ? WP_TAGGED
					      : WP_UNANNOTATED,
		.memory = 1 << 20,
		.tmpdir = "/tmp"};
	const struct wp_vocab_cut cut = {.without_unknown = kind & WITHOUT_UNKNOWN};
	struct wp_counter *counter;
	struct wp_counted counted = {0};
	struct sums sums = {0, 0};
	if (wp_counter_create(&counter, &params))
		return;
	enum wp_err err;
	if (kind & MERGE) {
		struct wp_input *input;
		err = wp_input_memory(&input, data, size, "fuzz");
		if (!err)
			err = wp_counter_merge(counter, input);
	} else {
		err = wp_counter_feed(counter, data, size / 2);
		if (!err)
			err = wp_counter_feed(counter, data + size / 2, size - size / 2);
		if (!err)
			err = wp_counter_end_text(counter);
	}
	if (!err)
		err = wp_counter_select(counter, &cut, &counted);
	if (!err)
		err = wp_counter_encode(counter, add_up, &sums);
	must(err || sums.ids == sums.lengths);
	fuzz_accepted += !err;
	wp_counted_fini(&counted);
	wp_counter_free(counter);
}

static void fuzz_list(const char *data, size_t size)
{
	struct wp_input *input;
	struct wp_strings tokens;
	int64_t *counts;
	if (wp_input_memory(&input, data, size, "fuzz"))
		return;
	if (!wp_vocab_list_read(input, &tokens, &counts))
		for (size_t i = 0; i < tokens.count; i++)
			must(counts[i] >= 0);
	wp_input_close(input);
	wp_strings_fini(&tokens);
	free(counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & LIST)
		fuzz_list((const char *)data + 1, size - 1);
	else
		fuzz_counter((const char *)data + 1, size - 1, data[0]);
	return 0;
}
