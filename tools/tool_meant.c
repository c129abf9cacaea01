/* The option that was meant: by what other programs, and people, call it. */
#define _POSIX_C_SOURCE 200809L
#include "tool_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/closest.h"

/* What others call it, and what it is here: the first that the program has, with a value where
 * that belongs to it.  Sorted by what it is. */
static const struct {
	const char *others, *ours;
} names[] = {
	{"lr eta learning-rate step-size alpha initial-rate", "rate"},
	{"iter iters iterations max-iter n-iter num-epochs max-epochs n-epochs epoch niter "
	 "nepoch",
		"epochs"},
	{"iter iters epochs max-iter n-iter max-iterations maxiter num-iterations",
		"iterations"},
	{"size hidden-size hidden-dim units rnn-size num-units n-hidden cells hidden-units dim",
		"hidden"},
	{"size vector-size embedding-dim embedding-size emb-size emb-dim dims dimension "
	 "dimensions vec-size layer1-size n-components components rank",
		"dim"},
	{"num-layers n-layers depth nlayers", "layers"},
	{"window-size context-size ws win", "window"},
	{"batch-size minibatch bs batchsize", "batch"},
	{"workers jobs nthreads num-threads thread n-jobs cpus procs nproc", "threads"},
	{"random-state random-seed rng-seed randomseed", "seed"},
	{"min-freq mincount minimum-count min-word-freq", "min-count"},
	{"vocab-size max-vocab max-features limit max-words head rows", "top"},
	{"neg negatives negative-samples ns", "negative"},
	{"subsample t sampling", "sample"},
	{"hs hierarchical-softmax", "loss hierarchical"},
	{"cbow", "model cbow"},
	{"sg skipgram skip-gram", "model skipgram"},
	{"minn maxn subword subwords char-grams", "char-ngrams"},
	{"gradient-clip clip-norm clipping max-norm grad-clip max-grad-norm", "clip"},
	{"weight-decay l2-reg regularization reg wd", "l2"},
	{"bptt-steps seq-len seq-length sequence-length truncate unroll num-steps", "bptt"},
	{"validation validation-split val-split valid-split dev-share valid-ratio",
		"valid-share"},
	{"validation dev validate val eval-data devset", "valid"},
	{"early-stopping early-stop", "patience"},
	{"dropout-rate drop-out keep-prob", "dropout"},
	{"recurrent-dropout-rate state-dropout", "recurrent-dropout"},
	{"variational-dropout", "variational"},
	{"optim optimiser algorithm solver", "optimizer"},
	{"scheduler lr-schedule annealing", "schedule"},
	{"rnn-type type model unit", "cell"},
	{"bi bidir birnn", "bidirectional"},
	{"embeddings vectors pretrained emb word-vectors pretrained-vectors", "embedding"},
	{"order ngram-order n ngrams max-order", "order"},
	{"discounting interpolate kndiscount", "smoothing"},
	{"lowercase lower-case to-lower ignore-case uncased", "lower"},
	{"lowercase lower-case to-lower lower", "fold-case"},
	{"temp", "temperature"},
	{"sample-text generate-text", "generate"},
	{"num-samples samples n-samples number num", "count"},
	{"prompt start-text seed-text begin", "prime"},
	{"topn top-n nearest num-neighbors n-neighbors neighbours", "top"},
	{"steps horizon ahead predict", "forecast"},
	{"summary plan estimate", "dry-run"},
	{"print-model describe info dry-run show", "summary"},
	{"save save-to outfile out-file dest destination write-to export", "output"},
	{"silent no-output", "quiet"},
	{"logfile log-file history", "log"},
	{"temp-dir tmp tmp-dir tempdir", "tmpdir"},
	{"mem ram max-memory memory-limit", "memory"},
	{"ckpt save-every", "checkpoint"},
	{"restore continue", "resume"},
	{"format input-format in-format", "from"},
	{"format output-format out-format", "to"},
	{"features inputs usecols cols fields series", "columns"},
	{"target output-columns y", "targets"},
	{"labels class label-column", "label"},
	{"labels with-labels label", "labels"},
	{"skip-header no-header header", "no-heading"},
	{"group group-by id", "sequence"},
	{"perp", "perplexity"},
	{"early-exaggeration", "exaggeration"},
	{"ylabel", "y-label"},
	{"xlabel", "x-label"},
	{"logy log-scale", "log-y"},
	{"logx", "log-x"},
	{"dark-mode theme", "dark"},
	{"ascii terminal", "text"},
};

/* What another program of the toolkit does, before or after this one. */
static const struct {
	const char *option, *program;
} elsewhere[] = {
	{"min-count", "vocab"},
	{"top", "vocab"},
	{"labels", "vocab"},
	{"tags", "vocab"},
	{"lower", "tokenize"},
	{"sentences", "tokenize"},
	{"window", "cooc"},
	{"generate", "rnn-predict"},
	{"temperature", "rnn-predict"},
	{"top-k", "rnn-predict"},
	{"top-p", "rnn-predict"},
	{"beam", "rnn-predict"},
	{"prime", "rnn-predict"},
	{"score", "rnn-predict"},
	{"forecast", "rnn-predict"},
	{"cell", "rnn-train"},
	{"hidden", "rnn-train"},
	{"columns", "ts-convert"},
	{"targets", "ts-convert"},
	{"dim", "w2v"},
};

/* Is the word one of the list? */
static bool is_in(const char *list, const char *word, size_t length)
{
	for (const char *p = list; *p;) {
		size_t n = strcspn(p, " ");
		if (n == length && memcmp(p, word, n) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

static bool has_option(const char *name, size_t length)
{
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END; o++)
		if (o->name && !(o->flags & WP_OPT_HIDDEN) && strlen(o->name) == length &&
			memcmp(o->name, name, length) == 0)
			return true;
	return false;
}

/* The name with dashes where Python has underscores; NULL where it is too long. */
static const char *with_dashes(const char *given, size_t length)
{
	static char name[64];
	if (length >= sizeof name)
		return NULL;
	for (size_t i = 0; i < length; i++)
		name[i] = given[i] == '_' ? '-' : given[i];
	name[length] = '\0';
	return name;
}

const char *wp_opt_elsewhere(const char *given, size_t length, const char **option)
{
	const char *name = with_dashes(given, length);
	for (size_t i = 0; name && i < sizeof elsewhere / sizeof *elsewhere; i++) {
		bool same = strcmp(elsewhere[i].option, name) == 0;
		for (size_t k = 0; !same && k < sizeof names / sizeof *names; k++)
			same = strcmp(names[k].ours, elsewhere[i].option) == 0 &&
				is_in(names[k].others, name, length);
		if (!same || strcmp(elsewhere[i].program, wp_tool.program) == 0)
			continue;
		*option = elsewhere[i].option;
		return elsewhere[i].program;
	}
	return NULL;
}

const char *wp_opt_meant(const char *given, size_t length)
{
	const char *all[256], *name = with_dashes(given, length);
	size_t n = 0;
	if (!name)
		return NULL;
	if (has_option(name, length))
		return name;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (is_in(names[i].others, name, length) &&
			has_option(names[i].ours, strcspn(names[i].ours, " ")))
			return names[i].ours;
	for (const struct wp_opt *o = wp_tool.options; o->kind != WP_KIND_END; o++)
		if (o->name && n < sizeof all / sizeof *all - 1)
			all[n++] = o->name;
	all[n] = NULL;
	return wp_closest(all, name, length);
}
