/* The card's memory: what is allocated where. */
#define _GNU_SOURCE
#include "card.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Far from any address of the CPU's. */
static const u64 CARD = 1ull << 56;

u32 now = 1, group_began = 1, launch_began = 1;

static struct allocation *all; /* by address */
static int count;

/* Before each allocation, so that what lies beside one is not in another. */
enum { GAP = 1 << 20 };

static u64 rounded(u64 bytes) { return (bytes + 255) / 256 * 256; }
static u64 word_bytes(u64 bytes) { return rounded(bytes) / 4 * sizeof(struct word); }

static char *reserve(u64 bytes) {
  void *p = mmap(NULL, GAP + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : (char *) p + GAP;
}

static void release(void *p, u64 bytes) { munmap((char *) p - GAP, GAP + bytes); }

/* The index of the first allocation that ends behind an address. */
static int first_behind(u64 address) {
  int low = 0, high = count;
  while (low < high) {
    int middle = (low + high) / 2;
    if (all[middle].to > address) high = middle; else low = middle + 1;
  }
  return low;
}

struct allocation *memory_find(u64 address, u64 bytes, bool host) {
  int i = first_behind(address);
  if (i == count || all[i].host != host || address < all[i].from || bytes > all[i].to - address) return NULL;
  return &all[i];
}

int memory_allocate(u64 *address, u64 bytes, bool host) {
  if (bytes == 0) return INVALID_VALUE;
  struct allocation a = { .host = host, .data = reserve(rounded(bytes)) };
  if (!a.data) return OUT_OF_MEMORY;
  if (!host && !(a.words = (struct word *) reserve(word_bytes(bytes)))) {
    release(a.data, rounded(bytes));
    return OUT_OF_MEMORY;
  }
  a.from = (u64) a.data + (host ? 0 : CARD);
  a.to = a.from + bytes;
  all = realloc(all, (count + 1) * sizeof *all);
  int at = first_behind(a.from);
  memmove(all + at + 1, all + at, (count - at) * sizeof *all);
  all[at] = a;
  count++;
  *address = a.from;
  return OK;
}

int memory_free(u64 address, bool host) {
  struct allocation *a = memory_find(address, 1, host);
  if (!a || a->from != address) {
    report("free of %#lx, where no %s memory begins", address, host ? "page-locked" : "device");
    return INVALID_VALUE;
  }
  u64 bytes = a->to - a->from;
  release(a->data, rounded(bytes));
  if (!host) release(a->words, word_bytes(bytes));
  memmove(a, a + 1, (all + count - a - 1) * sizeof *all);
  count--;
  return OK;
}

void memory_forget(void) {
  while (count > 0) memory_free(all[0].from, all[0].host);
}

void memory_fill(struct allocation *to, u64 address, const void *from, u64 bytes) {
  u64 at = address - to->from;
  memcpy(to->data + at, from, bytes);
  for (u64 i = at / 4; i < (at + bytes + 3) / 4; i++) to->words[i].written = now;
}

int memory_count(void) { return count; }
