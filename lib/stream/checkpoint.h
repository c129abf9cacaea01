/* Checkpoints: the state of a run as a tensor stream, from which the run continues.
 *
 * Their tensors are named PREFIX.something; what there is beside these two is the run's own:
 *
 *	PREFIX.settings  a line that says how the run works, the command line say
 *	PREFIX.checksum  of the data that it works on
 *
 * Only a run of the same settings and data continues from a checkpoint: any other would end
 * with a result that is neither the one nor the other.
 *
 *	wp_checkpoint_put_run(writer, "w2v", settings, checksum);      saving: then its own
 * tensors
 *
 *	wp_checkpoint_read(&c, reader, "w2v", settings, checksum);     loading
 *	wp_checkpoint_get(c, &tensor, &data);                          everything that there
 * must be,
 *	...                                                            and only then is anything
 * set wp_checkpoint_free(c);
 */
#ifndef WP_STREAM_CHECKPOINT_H
#define WP_STREAM_CHECKPOINT_H

#include "stream/reader.h"
#include "stream/writer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct wp_checkpoint;

/* Continue a checksum, 0 at first, with `count` elements of `size` bytes; data may be NULL
 * where there are none. */
uint32_t wp_checkpoint_sum(uint32_t checksum, const void *data, size_t count, size_t size);

/* Write what tells the run.  The caller puts the state and finishes the writer. */
WP_MUST_CHECK enum wp_err wp_checkpoint_put_run(
	struct wp_writer *writer, const char *prefix, const char *settings, uint32_t checksum);

/* Read a checkpoint.  The reader belongs to it from here on, also when this fails.
 * WP_EMISMATCH, saying in what, for a checkpoint of another run; one that has no checksum, as
 * version 0.1.0 wrote them, passes for any data. */
WP_MUST_CHECK enum wp_err wp_checkpoint_read(struct wp_checkpoint **checkpoint,
	struct wp_reader *reader, const char *prefix, const char *settings, uint32_t checksum);
void wp_checkpoint_free(struct wp_checkpoint *checkpoint); /* may be NULL */

/* The data of a tensor of this name, type and shape, borrowed.  WP_EMISMATCH where there is no
 * such tensor, WP_ECORRUPT where one of its numbers is not finite. */
WP_MUST_CHECK enum wp_err wp_checkpoint_get(const struct wp_checkpoint *checkpoint,
	const struct wp_tensor *tensor, const void **data);

/* Failures for the caller's own checks: WP_EMISMATCH, "a checkpoint of another run", and
 * WP_ECORRUPT for what no run can have saved. */
enum wp_err wp_checkpoint_mismatch(const struct wp_checkpoint *checkpoint, const char *why);
enum wp_err wp_checkpoint_corrupt(const struct wp_checkpoint *checkpoint, const char *why);

#ifdef __cplusplus
}
#endif
#endif
