/* The card's memory, what is watched in it, and what was found. */
#ifndef CARD_H
#define CARD_H
#include "watch.h"

/* Codes of the driver's, as cuda.h numbers them. */
enum {
  OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_INITIALIZED = 3, INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201, NO_BINARY = 209, INVALID_PTX = 218, UNSUPPORTED_PTX = 222,
  INVALID_HANDLE = 400, NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, MISALIGNED_ADDRESS = 716,
  LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901
};

struct allocation {
  u64 from, to;        /* the card's addresses; the CPU cannot use them */
  char *data;
  struct word *words;
  bool host;           /* page-locked memory of the CPU, whose addresses are its own */
};

/* NULL if the range does not lie within one allocation. */
struct allocation *memory_find(u64 address, u64 bytes, bool host);
int memory_allocate(u64 *address, u64 bytes, bool host);
int memory_free(u64 address, bool host);
void memory_forget(void); /* frees all */
void memory_fill(struct allocation *to, u64 address, const void *from, u64 bytes);
/* How many allocations there are. */
int memory_count(void);

/* Says on stderr what was found and remembers the first. */
__attribute__((format(printf, 1, 2)))
void report(const char *format, ...);
#endif
