/* Queries to an embedding as text, and answers as rows of a table: the work of neighbors and
 * analogy.
 *
 * A row is the query's fields, then for each match, best first, the word and its score, all
 * separated by tabs; words are escaped as in token text.  A word that the vocabulary does not
 * have is asked for by the vector that its character n-grams make, where the embedding has some
 * (wp_embedding_read_ngrams); otherwise, and in analogies, its query gets a row of its own
 * fields only.  So there is one row for each query.
 */
#ifndef WP_EMBED_QUERY_H
#define WP_EMBED_QUERY_H

#include "embed/embedding.h"
#include "embed/analogies.h"
#include "stream/input.h"
#include "stream/output.h"

#ifdef __cplusplus
extern "C" {
#endif

enum wp_query_kind {
	WP_QUERY_WORD,   /* one word: its nearest others                                 */
	WP_QUERY_VECTOR, /* dim numbers, or a label and dim numbers: the nearest words   */
	WP_QUERY_ANALOGY /* three words a, b, c: the words that are to c as b is to a    */
};

struct wp_query_params {
	enum wp_query_kind kind;
	enum wp_similarity similarity; /* analogies: WP_COSINE                    */
	enum wp_analogy_method method; /* analogies only                          */
	size_t k;                      /* matches in a row                        */
	size_t top;                    /* use the first top words only; 0: all    */
	int threads;
	/* Told of each word that the vocabulary (or its top) does not have, in escaped form;
	 * may be NULL. */
	void (*unknown)(void *arg, const char *word, size_t length);
	void *arg;
};

struct wp_queries;

/* The embedding must outlive the queries. */
WP_MUST_CHECK enum wp_err wp_queries_create(struct wp_queries **queries,
	const struct wp_embedding *embedding, const struct wp_query_params *params);
void wp_queries_free(struct wp_queries *queries);

/* Add a query, by its fields in escaped form: 1 word, or 3, or the numbers.  `where` is for
 * messages.  WP_EINVAL where too many (over 1024, fewer for a large k) wait for an answer. */
WP_MUST_CHECK enum wp_err wp_queries_add(struct wp_queries *queries, const char *const *field,
	const size_t *length, size_t fields, const char *where);

/* Answer the queries added since the last time, all together. */
WP_MUST_CHECK enum wp_err wp_queries_answer(
	struct wp_queries *queries, struct wp_output *output);

/* Answer each line of input.  Lines that have arrived are answered together, and the answers
 * are handed on before more input is waited for. */
WP_MUST_CHECK enum wp_err wp_queries_run(
	struct wp_queries *queries, struct wp_input *input, struct wp_output *output);

/* All of that: answer queries of `fields` words each, `words` of them together, or where there
 * are none the lines of standard input.  *known: as wp_queries_known. */
WP_MUST_CHECK enum wp_err wp_queries_ask(const struct wp_embedding *embedding,
	const struct wp_query_params *params, const char *const *word, size_t words,
	size_t fields, struct wp_output *output, size_t *known);

/* How many queries had only words that are known, so far. */
size_t wp_queries_known(const struct wp_queries *queries);

#ifdef __cplusplus
}
#endif
#endif
