#include "base/trend.h"

enum { PARTS = 10 };

void wp_trend_add(struct wp_trend *t, double share, double loss, double weight)
{
	int part = (int)(share * PARTS);
	if (part == t->part || weight <= t->weight)
		return;
	t->last = (loss - t->loss) / (weight - t->weight);
	if (t->parts == 0)
		t->first = t->last;
	if (t->parts++ == 0 || t->last < t->least)
		t->least = t->last;
	if (t->parts == 1 || t->last > t->most)
		t->most = t->last;
	t->part = part;
	t->loss = loss;
	t->weight = weight;
}

bool wp_trend_rises(const struct wp_trend *t)
{
	bool burst = t->parts > 1 && t->first > 0 && t->most > 2 * t->first;
	return burst ||
		(t->parts > 1 && t->last > 1.1 * t->least && t->least >= 0 &&
			t->last - t->least > 0.01 * t->first);
}
