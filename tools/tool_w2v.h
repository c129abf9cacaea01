/* Training by word2vec, for the programs that do so: progress, log, checkpoints, and what
 * becomes of the loss. */
#ifndef WP_TOOL_W2V_H
#define WP_TOOL_W2V_H

#include "embed/w2v.h"
#include "tool.h"

void wp_tool_w2v_log_start(void);

/* Train to the end, or resume and do so; ends the program where that fails. */
void wp_tool_w2v_train(struct wp_w2v *model);

#endif
