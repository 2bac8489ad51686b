/* How objectives stand goes the other way: the server's thread counts, the loop reads. */
#include "base/memory.h"
#include "serve/board.h"
#include "serve/board_state.h"

void board_put_slo(struct board *board, const struct board_plan *plan, size_t index,
	const struct slo_standing *standing)
{
	pthread_mutex_lock(&board->lock);
	if (&board->shared->plan == plan) {
		struct live *live = &board->live[index];
		if (!live->slo)
			live->slo = MEM_NEW(struct slo_standing);
		*live->slo = *standing;
	}
	pthread_mutex_unlock(&board->lock);
}

bool board_slo(struct board *board, size_t index, struct slo_standing *standing)
{
	pthread_mutex_lock(&board->lock);
	const struct slo_standing *slo = board->live[index].slo;
	if (slo)
		*standing = *slo;
	pthread_mutex_unlock(&board->lock);
	return slo != NULL;
}
