/* What a profiler would count, and can be counted without a card: instructions, sectors of device
   memory, wavefronts of shared memory. By kernel, to the file that EMULATED_CARD_COUNTS names. */
#ifndef COUNTS_H
#define COUNTS_H
#include "ptx.h"

/* What a group of threads is about to do: which lanes execute, and at which addresses, if any. */
void count(const struct kernel *kernel, const struct instruction *in, const u32 on[LANES], const u64 *addresses);
void count_launch(const struct kernel *kernel, int groups);

/* Whether anything is to be counted. */
extern bool counting;
void counts_begin(void);
void counts_write(void);
#endif
