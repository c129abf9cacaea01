/* Whole tensors by name: a stream that fits memory, read to its end. */
#ifndef WP_STREAM_TENSOR_SET_H
#define WP_STREAM_TENSOR_SET_H

#include "base/strings.h"
#include "stream/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_tensor_set;

/* Read all of reader and keep the tensors in names, a list ended by NULL (NULL itself: all),
 * with their slices joined; rows of i8 that have scales (tensor-stream(5)) are there as f32,
 * without the scales.  The reader belongs to the set from here on, also when this fails:
 * payloads of a mapped file stay where they are. */
WP_MUST_CHECK enum wp_err wp_tensor_set_read(
	struct wp_tensor_set **set, struct wp_reader *reader, const char *const *names);

/* The same, and watch->see is told of the data of the tensor watch->name while they are read,
 * where that can be (wp_reader_watch): begin(watch.arg, tensor) is called before.  watch may be
 * NULL. */
struct wp_tensor_watch {
	const char *name;
	void (*begin)(void *arg, const struct wp_tensor *tensor);
	struct wp_watch watch;
};
WP_MUST_CHECK enum wp_err wp_tensor_set_watch(struct wp_tensor_set **set,
	struct wp_reader *reader, const char *const *names,
	const struct wp_tensor_watch *watch);

/* May be given NULL. */
void wp_tensor_set_free(struct wp_tensor_set *set);

/* For messages: where it came from. */
const char *wp_tensor_set_name(const struct wp_tensor_set *set);

/* The numeric tensor of that name, with data in *data, aligned to 16 bytes or better; NULL
 * where there is none.  Both are borrowed until wp_tensor_set_free. */
const struct wp_tensor *wp_tensor_set_get(
	const struct wp_tensor_set *set, const char *name, const void **data);

/* Make that tensor one of f32, if it is there and of f16 or bf16. */
WP_MUST_CHECK enum wp_err wp_tensor_set_widen(struct wp_tensor_set *set, const char *name);

/* The strings of that name; NULL where there are none.  Borrowed likewise, but the caller may
 * take them over by copying the struct and zeroing this one. */
struct wp_strings *wp_tensor_set_strings(const struct wp_tensor_set *set, const char *name);

/* WP_EMISMATCH and "FILE: no tensor 'NAME'; there are ...", with the names of all tensors that
 * the stream has, wanted or not. */
enum wp_err wp_tensor_set_lacks(const struct wp_tensor_set *set, const char *name);

/* The tensors in the order in which they came, for i below wp_tensor_set_count. */
size_t wp_tensor_set_count(const struct wp_tensor_set *set);
const struct wp_tensor *wp_tensor_set_at(const struct wp_tensor_set *set, size_t i);

#ifdef __cplusplus
}
#endif
#endif
