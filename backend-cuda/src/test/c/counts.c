/* A warp's access to device memory takes as many sectors of 32 bytes as it touches. One to shared
   memory takes a wavefront for every word in the bank that is asked for most, of 32; values of 8 and
   16 bytes are fetched for half and a quarter of a warp at a time. Cards can do better where
   neighbours ask for the same. */
#include "counts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECTOR = 32, BANKS = 32 };

struct counts {
  char name[80];
  u64 launches, groups, instructions, fma, memory;
  u64 load_sectors, load_bytes, store_sectors, store_bytes;
  u64 read_wavefronts, read_least, write_wavefronts, write_least;
};

bool counting;
static struct counts all[256];
static int kernels;

void counts_begin(void) { counting = getenv("EMULATED_CARD_COUNTS") != NULL; }

static struct counts *of(const struct kernel *kernel) {
  for (int i = 0; i < kernels; i++)
    if (strcmp(all[i].name, kernel->name) == 0) return &all[i];
  if (kernels == (int) (sizeof all / sizeof *all)) return &all[0];
  strcpy(all[kernels].name, kernel->name);
  return &all[kernels++];
}

void count_launch(const struct kernel *kernel, int groups) {
  of(kernel)->launches++;
  of(kernel)->groups += groups;
}

static int ascending(const void *a, const void *b) {
  u64 x = *(const u64 *) a, y = *(const u64 *) b;
  return x < y ? -1 : x > y;
}

/* Sorts values and drops repeated ones; how many are left. */
static int distinct(u64 *values, int n) {
  int left = 0;
  qsort(values, n, sizeof *values, ascending);
  for (int i = 0; i < n; i++)
    if (i == 0 || values[i] != values[left - 1]) values[left++] = values[i];
  return left;
}

/* Units of some bytes that lanes of a warp touch. */
static int touched(u64 *units, int unit, const u32 *on, const u64 *addresses, int lanes, int bytes) {
  int n = 0;
  for (int i = 0; i < lanes; i++)
    for (int b = 0; on[i] && b < bytes; b += unit < bytes ? unit : bytes) units[n++] = (addresses[i] + b) / unit;
  return distinct(units, n);
}

static void count_device(struct counts *c, bool store, const u32 *on, const u64 *addresses, int bytes) {
  u64 units[WARP * 4];
  *(store ? &c->store_sectors : &c->load_sectors) += touched(units, SECTOR, on, addresses, WARP, bytes);
  *(store ? &c->store_bytes : &c->load_bytes) += 4 * touched(units, 4, on, addresses, WARP, bytes);
}

static void count_shared(struct counts *c, bool store, const u32 *on, const u64 *addresses, int bytes) {
  u64 words[WARP * 4];
  int together = WARP * 4 / bytes < WARP ? WARP * 4 / bytes : WARP;
  for (int from = 0; from < WARP; from += together) {
    int bank[BANKS] = { 0 }, most = 0;
    int n = touched(words, 4, on + from, addresses + from, together, bytes);
    for (int i = 0; i < n; i++) {
      int asked = ++bank[words[i] % BANKS];
      if (asked > most) most = asked;
    }
    *(store ? &c->write_wavefronts : &c->read_wavefronts) += most;
    *(store ? &c->write_least : &c->read_least) += (n + BANKS - 1) / BANKS;
  }
}

void count(const struct kernel *kernel, const struct instruction *in, const u32 on[LANES], const u64 *addresses) {
  struct counts *c = of(kernel);
  bool store = in->op == ST_GLOBAL || in->op == ST_SHARED;
  bool shared = in->op == LD_SHARED || in->op == ST_SHARED;
  for (int warp = 0; warp < LANES; warp += WARP) {
    bool any = false;
    for (int i = 0; i < WARP; i++) any |= on[warp + i];
    if (!any) continue;
    c->instructions++;
    c->fma += in->op == FMA_F32;
    c->memory += addresses != NULL;
    if (addresses) (shared ? count_shared : count_device)(c, store, on + warp, addresses + warp, in->bytes * in->width);
  }
}

static double ratio(u64 a, u64 b) { return b ? (double) a / b : 0; }

void counts_write(void) {
  FILE *file = fopen(getenv("EMULATED_CARD_COUNTS"), "w");
  if (!file) return;
  fprintf(file, "Instructions are of warps. Sectors of 32 bytes, used: the part of them that was asked for. Wavefronts of\n"
      "shared memory, x: how many times as many as without bank conflicts.\n\n");
  fprintf(file, "%-26s %8s %7s %12s %5s %7s | %9s %5s | %9s %5s | %10s %5s | %10s %5s\n", "kernel", "launches", "groups",
      "instructions", "fma", "memory", "loaded MB", "used", "stored MB", "used", "read waves", "x", "written", "x");
  for (int i = 0; i < kernels; i++) {
    const struct counts *c = &all[i];
    fprintf(file, "%-26s %8lu %7lu %12lu %4.0f%% %6.0f%% | %9.3f %4.0f%% | %9.3f %4.0f%% | %10lu %5.2f | %10lu %5.2f\n",
        c->name, c->launches, c->groups, c->instructions, 100 * ratio(c->fma, c->instructions),
        100 * ratio(c->memory, c->instructions), c->load_sectors * SECTOR * 1e-6,
        100 * ratio(c->load_bytes, c->load_sectors * SECTOR), c->store_sectors * SECTOR * 1e-6,
        100 * ratio(c->store_bytes, c->store_sectors * SECTOR), c->read_wavefronts, ratio(c->read_wavefronts, c->read_least),
        c->write_wavefronts, ratio(c->write_wavefronts, c->write_least));
  }
  fclose(file);
}
