/* Networks in words: reading and writing (nn/net/graph.h has the grammar). */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strings.h"
#include "nn/net/graph.h"
#include "nn/net/types.h"
#include "text/number.h"
#include "text/setting.h"

enum { MOST_NODES = 1000, MOST_REPEATS = 100, SHOWN = 60, DEEPEST = 8, BLOCK_TEXT = 600 };

/* A piece of the text. */
struct span {
	const char *at, *end;
};

static int shown(struct span s)
{
	size_t n = (size_t)(s.end - s.at);
	return (int)(n < SHOWN ? n : SHOWN);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trim(struct span s)
{
	while (s.at < s.end && is_space(*s.at))
		s.at++;
	while (s.at < s.end && is_space(s.end[-1]))
		s.end--;
	return s;
}

/* Take the next word from s; false where there is none. */
static bool next_word(struct span *s, struct span *word)
{
	*s = trim(*s);
	word->at = word->end = s->at;
	while (word->end < s->end && !is_space(*word->end))
		word->end++;
	s->at = word->end;
	return word->at < word->end;
}

static bool is_word(struct span word, const char *text)
{
	size_t n = (size_t)(word.end - word.at);
	return strlen(text) == n && memcmp(word.at, text, n) == 0;
}

/* ---- Settings ---- */

static enum wp_err wrong_value(
	const struct wp_nn_node *node, const struct wp_setting *setting, struct span text)
{
	char range[300] = "";
	const char *name;
	size_t n = 0;
	if (setting->kind == WP_SETTING_CHOICE)
		for (int i = 0; (name = wp_setting_choice(setting, i)) && n < sizeof range; i++)
			n += (size_t)snprintf(range + n, sizeof range - n, "%s%s",
				i ? ", " : "one of ", name);
	else
		snprintf(range, sizeof range, "%.10g to %.10g", setting->min, setting->max);
	return wp_fail(WP_EINVAL, "network: %s: %s '%.*s': not %s", node->label, setting->name,
		shown(text), text.at, range);
}

static enum wp_err set_value(
	struct wp_nn_node *node, const struct wp_setting *setting, struct span text)
{
	if (setting->kind == WP_SETTING_FLAG)
		return wp_fail(WP_EINVAL, "network: %s: '%s' has no value", node->label,
			setting->name);
	if (wp_setting_scan(
		    setting, node->settings.bytes, text.at, (size_t)(text.end - text.at)))
		return WP_OK;
	return wrong_value(node, setting, text);
}

/* May be given by its value alone. */
static bool is_first(const struct wp_nn_type *type, const struct wp_setting *setting)
{
	return setting == type->settings && setting->kind != WP_SETTING_FLAG &&
		setting->kind != WP_SETTING_END;
}

/* The setting of which the word is a choice, NULL where there is none, or more than one. */
static const struct wp_setting *find_choice(const struct wp_setting *settings, struct span word)
{
	const struct wp_setting *found = NULL;
	const char *name;
	for (const struct wp_setting *s = settings; s->kind != WP_SETTING_END; s++)
		for (int i = 0;
			s->kind == WP_SETTING_CHOICE && (name = wp_setting_choice(s, i)); i++)
			if (is_word(word, name)) {
				if (found)
					return NULL;
				found = s;
			}
	return found;
}

/* A word of an item: KEY=VALUE, a flag, the value of the first setting, or the name of a choice
 * that only one setting has.  `next`: the setting that a value alone is for. */
static enum wp_err take_setting(
	struct wp_nn_node *node, struct span word, const struct wp_setting **next)
{
	const char *equals = memchr(word.at, '=', (size_t)(word.end - word.at));
	const struct wp_setting *settings = node->type->settings;
	const struct wp_setting *setting = wp_setting_find(
		settings, word.at, (size_t)((equals ? equals : word.end) - word.at));
	if (setting && setting->kind == WP_SETTING_FLAG && !equals) {
		node->settings.bytes[setting->offset] = true;
		return WP_OK;
	}
	if (setting && equals)
		return set_value(node, setting, (struct span){equals + 1, word.end});
	const struct wp_setting *choice = equals ? NULL : find_choice(settings, word);
	if (!setting && choice)
		return set_value(node, choice, word);
	if (!setting && !equals && is_first(node->type, *next))
		return set_value(node, (*next)++, word);
	char names[200] = "none";
	size_t n = 0;
	for (const struct wp_setting *s = settings;
		s->kind != WP_SETTING_END && n < sizeof names; s++)
		n += (size_t)snprintf(
			names + n, sizeof names - n, "%s%s", n ? ", " : "", s->name);
	return wp_fail(WP_EINVAL, "network: %s: '%.*s': %s has no such setting; it has %s",
		node->label, shown(word), word.at, node->type->name, names);
}

/* ---- Items ---- */

static int find_label(const struct wp_nn_graph *g, struct span label)
{
	for (size_t i = 0; i < g->count; i++)
		if (is_word(label, g->node[i].label))
			return (int)i;
	return -1;
}

/* The number of what the network reads; 0 where it has no such input. */
static int find_input(const struct wp_nn_graph *g, struct span label)
{
	for (size_t i = 0; i < g->inputs; i++)
		if (is_word(label, g->input[i].name))
			return WP_NN_INPUT((int)i);
	return 0;
}

/* "item before it", or where it is the label of a column, "column": there is none. */
static const char *missing_kind(struct span label)
{
	static const char column[] = "column.";
	const size_t n = sizeof column - 1;
	return (size_t)(label.end - label.at) > n && memcmp(label.at, column, n) == 0
		? "column"
		: "item before it";
}

static enum wp_err take_inputs(struct wp_nn_graph *g, struct wp_nn_node *node, struct span from)
{
	int count = 0;
	while (from.at < from.end) {
		struct span label = {from.at, from.at};
		while (label.end < from.end && *label.end != '+')
			label.end++;
		from.at = label.end + (label.end < from.end);
		int number = find_label(g, label);
		int input = find_input(g, label);
		if (label.at == label.end && count == 0 && from.at < from.end) { /* from +B */
			count++;
			continue;
		}
		if (number < 0 && !input &&
			wp_nn_graph_add_column(g, label.at, (size_t)(label.end - label.at)))
			input = find_input(g, label);
		if (number < 0 && !input)
			return wp_fail(WP_EINVAL, "network: %s: from '%.*s': no such %s",
				node->label, shown(label), label.at, missing_kind(label));
		if (count < WP_NN_NODE_INPUTS)
			node->input[count] = input ? input : number;
		count++;
	}
	if (count > WP_NN_NODE_INPUTS)
		return wp_fail(WP_EINVAL, "network: %s: reads more than %d items", node->label,
			WP_NN_NODE_INPUTS);
	node->inputs = count;
	const int may = node->type->may_read;
	if (node->type->joins ? count > 1 : count >= 1 && count <= 1 + may)
		return WP_OK;
	return wp_fail(WP_EINVAL, "network: %s: %s reads %s, not %d", node->label,
		node->type->name,
		node->type->joins ? "two items or more (A+B)"
			: may     ? "one item, or more (A+B)"
				  : "one item",
		count);
}

static bool is_label(const struct wp_nn_graph *g, struct span s)
{
	if (s.at == s.end || !isalpha((unsigned char)*s.at) ||
		s.end - s.at >= WP_NN_LABEL_SIZE || find_input(g, s))
		return false;
	for (; s.at < s.end; s.at++)
		if (!isalnum((unsigned char)*s.at) && *s.at != '_' && *s.at != '-')
			return false;
	return true;
}

/* What a node is called that has no label: layer0, layer1 and so on; embedding, embedding2. */
static void default_label(const struct wp_nn_graph *g, struct wp_nn_node *node)
{
	const struct wp_nn_type *type = node->type;
	size_t before = 0;
	for (size_t i = 0; i < g->count; i++) {
		const struct wp_nn_type *other = g->node[i].type;
		before += type->cell ? other->cell != NULL : other == type;
	}
	const char *name = type->label ? type->label : type->name;
	if (type->cell)
		snprintf(node->label, sizeof node->label, "%s%zu", name, before);
	else if (before > 0)
		snprintf(node->label, sizeof node->label, "%s%zu", name, before + 1);
	else
		snprintf(node->label, sizeof node->label, "%s", name);
}

static enum wp_err set_label(
	const struct wp_nn_graph *g, struct wp_nn_node *node, struct span label)
{
	default_label(g, node);
	if (label.at) {
		if (!is_label(g, label))
			return wp_fail(WP_EINVAL,
				"network: '%.*s': a label is up to %d letters, digits, _ or -, "
				"and not that of what the network reads, as 'input'",
				shown(label), label.at, WP_NN_LABEL_SIZE - 1);
		snprintf(node->label, sizeof node->label, "%.*s", (int)(label.end - label.at),
			label.at);
	}
	label = (struct span){node->label, node->label + strlen(node->label)};
	return find_label(g, label) < 0
		? WP_OK
		: wp_fail(WP_EINVAL, "network: there are two items '%s'", node->label);
}

static enum wp_err no_type(struct span name)
{
	char names[512];
	size_t n = 0;
	for (int i = 0; wp_nn_types[i] && n < sizeof names; i++)
		n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i ? ", " : "",
			wp_nn_types[i]->name);
	for (int i = 0; wp_nn_blocks[i] && n < sizeof names; i++)
		n += (size_t)snprintf(
			names + n, sizeof names - n, ", %s", wp_nn_blocks[i]->name);
	return wp_fail(WP_EINVAL, "network: there is no type '%.*s'; there are %s", shown(name),
		name.at, names);
}

static enum wp_err append(struct wp_nn_graph *g, const struct wp_nn_node *node)
{
	if (g->count == MOST_NODES)
		return wp_fail(WP_EINVAL, "network: more than %d items", MOST_NODES);
	enum wp_err err = wp_grow(&g->node, &g->room, g->count + 1, sizeof *g->node, "network");
	if (!err)
		g->node[g->count++] = *node;
	return err;
}

/* Items that are short for others. */
static const struct {
	const char *name, *type, *setting;
} short_items[] = {{"mean", "pool", "mean"}, {"max", "pool", "max"}};

/* The type, and the settings that its name says. */
static enum wp_err take_type(struct wp_nn_node *node, struct span word)
{
	const struct span none = {"", ""};
	struct span setting = none;
	for (size_t i = 0; i < sizeof short_items / sizeof *short_items; i++)
		if (is_word(word, short_items[i].name)) {
			const char *type = short_items[i].type, *s = short_items[i].setting;
			word = (struct span){type, type + strlen(type)};
			setting = (struct span){s, s + strlen(s)};
		}
	node->type = wp_nn_type_find(word.at, (size_t)(word.end - word.at));
	if (!node->type)
		return no_type(word);
	memcpy(node->settings.bytes, node->type->defaults, node->type->settings_size);
	return setting.at < setting.end ? set_value(node, node->type->settings, setting)
					: WP_OK;
}

static enum wp_err take_list(struct wp_nn_graph *g, struct span list, int depth);

/* An item whose name is short for a list. */
static enum wp_err take_block(struct wp_nn_graph *g, struct wp_nn_node *node, struct span label,
	struct span item, int depth)
{
	const struct wp_setting *next = node->type->settings;
	char text[BLOCK_TEXT], memory[WP_NN_LABEL_SIZE + 1] = "";
	struct span word;
	enum wp_err err = WP_OK;
	snprintf(node->label, sizeof node->label, "%s", node->type->name);
	if (label.at)
		return wp_fail(WP_EINVAL, "network: %s: a list of items, which has no label",
			node->type->name);
	while (!err && next_word(&item, &word)) {
		if (!is_word(word, "from")) {
			err = take_setting(node, word, &next);
			continue;
		}
		item = trim(item);
		if (item.at == item.end || *item.at != '+' ||
			item.end - item.at > WP_NN_LABEL_SIZE)
			return wp_fail(WP_EINVAL,
				"network: %s: reads the item before it, and of pairs one of the "
				"source: from +LABEL",
				node->type->name);
		snprintf(memory, sizeof memory, "%.*s", (int)(item.end - item.at), item.at);
		item.at = item.end;
	}
	if (err)
		return err;
	const int length = node->type->expand(node, memory, text, sizeof text);
	return take_list(g, (struct span){text, text + length}, depth + 1);
}

static enum wp_err take_item(struct wp_nn_graph *g, struct span item, int depth)
{
	struct span word, all = trim(item), label = {NULL, NULL};
	if (!next_word(&item, &word))
		return wp_fail(WP_EINVAL, "network: an empty item");
	const char *equals = memchr(word.at, '=', (size_t)(word.end - word.at));
	if (equals) {
		label = (struct span){word.at, equals};
		word.at = equals + 1;
	}
	if (isdigit((unsigned char)*word.at) || memchr(all.at, '(', (size_t)(all.end - all.at)))
		return wp_fail(WP_EINVAL,
			"network: '%.*s': a repeat is said as N x (LIST), a residual connection "
			"as residual (LIST), with both parentheses",
			shown(all), all.at);
	struct wp_nn_node node = {0};
	enum wp_err err = take_type(&node, word);
	if (!err && node.type->expand)
		return take_block(g, &node, label, item, depth);
	if (!err)
		err = set_label(g, &node, label);
	if (err)
		return err;
	const struct wp_setting *next = node.type->settings;
	bool from = false;
	node.input[0] = (int)g->count - 1; /* of the first, WP_NN_THE_INPUT */
	node.inputs = 1;
	while (!err && next_word(&item, &word)) {
		if (!is_word(word, "from")) {
			err = take_setting(&node, word, &next);
			continue;
		}
		from = true;
		err = take_inputs(g, &node, trim(item));
		break;
	}
	if (!err && node.type->joins && !from)
		err = wp_fail(WP_EINVAL, "network: %s: %s needs 'from A+B'", node.label,
			node.type->name);
	return err ? err : append(g, &node);
}

/* ---- Lists ---- */

/* Where the item that begins s ends: at a comma outside of parentheses. */
static const char *item_end(struct span s)
{
	int depth = 0;
	for (; s.at < s.end; s.at++) {
		depth += (*s.at == '(') - (*s.at == ')');
		if (*s.at == ',' && depth == 0)
			break;
	}
	return s.at;
}

/* (list) */
static bool is_list(struct span s, struct span *list)
{
	s = trim(s);
	*list = (struct span){s.at + 1, s.end - 1};
	return s.end - s.at >= 2 && *s.at == '(' && s.end[-1] == ')';
}

/* N x (list): true, and *times and *list say which. */
static bool is_repeat(struct span item, int64_t *times, struct span *list)
{
	struct span rest = item, number, x;
	if (!next_word(&rest, &number) || !next_word(&rest, &x) ||
		wp_scan_i64(number.at, number.end, times) != number.end)
		return false;
	return *x.at == 'x' && is_list((struct span){x.at + 1, item.end}, list);
}

/* residual (list) */
static bool is_residual(struct span item, struct span *list)
{
	static const char word[] = "residual";
	const size_t n = sizeof word - 1;
	return (size_t)(item.end - item.at) > n && memcmp(item.at, word, n) == 0 &&
		is_list((struct span){item.at + n, item.end}, list);
}

/* A list, and the sum of what it makes and what it reads. */
static enum wp_err take_residual(struct wp_nn_graph *g, struct span list, int depth)
{
	static const char add[] = "add";
	struct wp_nn_node node = {.type = wp_nn_type_find(add, sizeof add - 1), .inputs = 2};
	node.input[1] = (int)g->count - 1; /* of the first, WP_NN_THE_INPUT */
	enum wp_err err = take_list(g, list, depth);
	node.input[0] = (int)g->count - 1;
	if (!err)
		err = set_label(g, &node, (struct span){NULL, NULL});
	return err ? err : append(g, &node);
}

static enum wp_err take_list(struct wp_nn_graph *g, struct span list, int depth)
{
	enum wp_err err = WP_OK;
	for (bool more = true; more && !err;) {
		struct span item = {list.at, item_end(list)}, inner;
		int64_t times;
		more = item.end < list.end;
		list.at = item.end + more;
		bool residual = is_residual(trim(item), &inner);
		if (!residual && !is_repeat(trim(item), &times, &inner)) {
			err = take_item(g, item, depth);
			continue;
		}
		times = residual ? 1 : times;
		if (times < 1 || times > MOST_REPEATS || depth == DEEPEST)
			return wp_fail(WP_EINVAL,
				"network: '%.*s': 1 to %d times, %d deep at most",
				shown(trim(item)), trim(item).at, MOST_REPEATS, DEEPEST);
		while (times-- > 0 && !err)
			err = residual ? take_residual(g, inner, depth + 1)
				       : take_list(g, inner, depth + 1);
	}
	return err;
}

enum wp_err wp_nn_graph_parse(struct wp_nn_graph *graph, const char *text)
{
	return take_list(graph, (struct span){text, text + strlen(text)}, 0);
}

/* ---- Writing ---- */

static bool is_nothing(const struct wp_setting *s, const void *of)
{
	char value[WP_SETTING_ROOM];
	return (s->kind == WP_SETTING_SIZE || s->kind == WP_SETTING_REAL) &&
		wp_setting_print(s, of, value) - value == 1 && *value == '0';
}

static enum wp_err print_settings(struct wp_output *out, const struct wp_nn_node *node)
{
	const void *of = node->settings.bytes;
	enum wp_err err = WP_OK;
	for (const struct wp_setting *s = node->type->settings;
		s->kind != WP_SETTING_END && !err; s++) {
		char value[WP_SETTING_ROOM];
		bool first = is_first(node->type, s), flag = s->kind == WP_SETTING_FLAG;
		if ((!first || is_nothing(s, of)) &&
			wp_setting_equal(s, of, node->type->defaults))
			continue;
		int length = flag ? 0 : (int)(wp_setting_print(s, of, value) - value);
		err = wp_output_printf(out, " %s%s%.*s", first ? "" : s->name,
			first || flag ? "" : "=", length, value);
	}
	return err;
}

enum wp_err wp_nn_print_item(struct wp_output *out, const struct wp_nn_node *node)
{
	enum wp_err err = wp_output_printf(out, "%s", node->type->name);
	return err ? err : print_settings(out, node);
}

static const char *label_of(const struct wp_nn_graph *g, int number)
{
	return number < 0 ? wp_nn_graph_input(g, number)->name : g->node[number].label;
}

static enum wp_err print_node(struct wp_output *out, const struct wp_nn_graph *g, size_t i)
{
	const struct wp_nn_node *n = &g->node[i];
	const struct wp_nn_graph before = {.node = g->node, .count = i};
	struct wp_nn_node usual = {.type = n->type};
	enum wp_err err = WP_OK;
	default_label(&before, &usual);
	if (strcmp(usual.label, n->label) != 0)
		err = wp_output_printf(out, "%s=", n->label);
	if (!err)
		err = wp_output_printf(out, "%s", n->type->name);
	if (!err)
		err = print_settings(out, n);
	for (int k = 0; k < n->inputs && !err && (n->inputs > 1 || n->input[0] != (int)i - 1);
		k++)
		err = wp_output_printf(
			out, "%s%s", k ? "+" : " from ", label_of(g, n->input[k]));
	return err;
}

static bool same_items(const struct wp_strings *items, size_t a, size_t b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n, m;
		const char *x = wp_strings_get(items, a + i, &n);
		const char *y = wp_strings_get(items, b + i, &m);
		if (n != m || memcmp(x, y, n) != 0)
			return false;
	}
	return true;
}

/* The repeat that begins at item `first` and leaves out most: *times times *length items. */
static void find_repeat(
	const struct wp_strings *items, size_t first, size_t end, size_t *length, size_t *times)
{
	size_t saved = 0;
	*length = *times = 1;
	for (size_t n = 1; n <= (end - first) / 2; n++) {
		size_t k = 1;
		while (k < MOST_REPEATS && first + (k + 1) * n <= end &&
			same_items(items, first, first + k * n, n))
			k++;
		if ((k - 1) * n > saved) {
			saved = (k - 1) * n;
			*length = n;
			*times = k;
		}
	}
}

static enum wp_err print_items(struct wp_output *out, const struct wp_strings *items,
	size_t first, size_t end, int depth)
{
	enum wp_err err = WP_OK;
	size_t length = 1, times = 1, size;
	for (size_t i = first; i < end && !err; i += length * times) {
		if (i > first)
			err = wp_output_write(out, ", ", 2);
		if (depth < DEEPEST)
			find_repeat(items, i, end, &length, &times);
		if (!err && times > 1) {
			err = wp_output_printf(out, "%zu x (", times);
			if (!err)
				err = print_items(out, items, i, i + length, depth + 1);
			if (!err)
				err = wp_output_write(out, ")", 1);
		} else if (!err) {
			const char *item = wp_strings_get(items, i, &size);
			err = wp_output_write(out, item, size);
		}
	}
	return err;
}

static enum wp_err add_item(struct wp_strings *items, const struct wp_nn_graph *g, size_t i)
{
	struct wp_output *text;
	size_t size;
	enum wp_err err = wp_output_memory(&text);
	if (err)
		return err;
	err = print_node(text, g, i);
	if (!err) {
		const char *item = wp_output_collected(text, &size);
		err = wp_strings_add(items, item, size);
	}
	wp_output_discard(text);
	return err;
}

enum wp_err wp_nn_graph_print(struct wp_output *out, const struct wp_nn_graph *graph)
{
	struct wp_strings items = {0};
	enum wp_err err = WP_OK;
	for (size_t i = 0; i < graph->count && !err; i++)
		err = add_item(&items, graph, i);
	if (!err)
		err = print_items(out, &items, 0, items.count, 0);
	wp_strings_fini(&items);
	return err;
}

/* The last failure was one of item i. */
enum wp_err wp_nn_graph_blame(const struct wp_nn_graph *g, size_t i)
{
	struct wp_strings items = {0};
	char why[256];
	size_t size = 0;
	snprintf(why, sizeof why, "%s", wp_error_detail());
	enum wp_err err = add_item(&items, g, i);
	if (!err) {
		const char *item = wp_strings_get(&items, 0, &size);
		err = wp_fail(WP_EINVAL, "network: item %zu (%.*s): %s", i + 1,
			shown((struct span){item, item + size}), item, why);
	}
	wp_strings_fini(&items);
	return err;
}
