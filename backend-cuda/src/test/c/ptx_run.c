/* Executes a kernel, one group after the other, an instruction for all lanes at a time. Lanes that
   took another branch wait: those with the least place in the text go on, until the others' place is
   reached. So lanes meet again where the compiler wanted them to, and where they do not, at a
   barrier or a shuffle, it is said. */
#include "card.h"
#include "counts.h"
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef u32 pred;
typedef u32 none; /* of an operand that is not there */

enum { NOWHERE = INT_MAX, ENDED = -1 };

static const struct kernel *kernel;
static const unsigned char *arguments;
static int group, threads, fault;

static u32 *rows;          /* registers and constants */
static size_t rows_held;
static u32 on[LANES];         /* whether a lane executes, 1 or 0 */
static bool all_on;
static int place[LANES];      /* where a lane that could execute goes on; of all others, NOWHERE */
static int others;            /* the least of these places */
static int barrier_at[LANES]; /* where a lane waits that cannot, or ENDED */

static u32 shared_data[SHARED_BYTES / 4];
static struct word shared_words[SHARED_BYTES / 4];

__attribute__((format(printf, 4, 5)))
static void stop(int code, const struct instruction *in, int lane, const char *format, ...) {
  char what[200];
  va_list values;
  va_start(values, format);
  vsnprintf(what, sizeof what, format, values);
  va_end(values);
  const char *line = kernel->module->lines[in->line - 1];
  report("kernel %s, group %d, thread %d: %s; line %d:%s", kernel->name, group, lane, what, in->line, line);
  fault = code;
}

/* ---- Memory -------------------------------------------------------------------------------------- */

/* Shared memory, or an allocation. Lanes find their values in data[at[lane]], watched by
   words[at[lane]]. */
struct area { u32 *data; struct word *words; u64 from, to; };
static u64 at[LANES];

static u64 address_of(const struct instruction *in, int lane) {
  return (in->wide ? ((const u64 *) (rows + in->a))[lane] : rows[in->a + lane]) + (u64) in->offset;
}

static void wrong_word(const struct instruction *in, int lane, bool shared, const char *wrong) {
  stop(LAUNCH_FAILED, in, lane, "the word of %s memory %s", shared ? "shared" : "device", wrong);
}

/* Lanes from first to last load. */
static void load(const struct instruction *in, bool shared, struct area a, int first, int last) {
  const struct moment m = moment(shared);
  const bool non_coherent = in->non_coherent;
  const int words_each = in->bytes / 4;
  for (int i = 0; i < in->width * words_each; i++) {
    if (in->d[i / words_each] < 0) continue;
    u32 *to = rows + in->d[i / words_each] + i % words_each;
    for (int lane = first; lane < last; lane++) {
      if (!on[lane]) continue;
      struct word *word = a.words + at[lane] + i;
      const char *wrong = watch_read(word, lane, m);
      if (!wrong && non_coherent && word->written >= m.began)
        wrong = "is read as constant and was written by this launch";
      if (wrong) {
        wrong_word(in, lane, shared, wrong);
        return;
      }
    }
    const u32 *data = a.data + i;
    for (int lane = first; lane < last; lane++) {
      u32 value = data[at[lane]];
      to[lane * words_each] = on[lane] ? value : to[lane * words_each];
    }
  }
}

static void store(const struct instruction *in, bool shared, struct area a, int first, int last) {
  const struct moment m = moment(shared);
  const int words_each = in->bytes / 4;
  for (int i = 0; i < in->width * words_each; i++) {
    const u32 *from = rows + in->d[i / words_each] + i % words_each;
    for (int lane = first; lane < last; lane++) {
      if (!on[lane]) continue;
      const char *wrong = watch_write(a.words + at[lane] + i, lane, m);
      if (wrong) {
        wrong_word(in, lane, shared, wrong);
        return;
      }
      a.data[at[lane] + i] = from[lane * words_each];
    }
  }
}

/* The area that an address lies in; false if in none. */
static bool area_of(u64 address, bool shared, struct area *a) {
  static struct allocation usual; /* a copy: the next access is often to the same */
  static u32 found_at;
  if (shared) {
    *a = (struct area) { shared_data, shared_words, SHARED_FROM, SHARED_FROM + kernel->shared_bytes };
  } else {
    if (found_at != launch_began || address < usual.from || address >= usual.to) {
      struct allocation *found = memory_find(address, 1, false);
      if (!found) return false;
      usual = *found;
      found_at = launch_began;
    }
    *a = (struct area) { (u32 *) usual.data, usual.words, usual.from, usual.to };
  }
  return address >= a->from && address < a->to;
}

typedef void action(const struct instruction *, bool shared, struct area, int first, int last);

/* One by one, which also tells whose address is wrong. */
static void each(const struct instruction *in, bool shared, action *act, u64 bytes) {
  for (int lane = 0; lane < LANES && !fault; lane++) {
    if (!on[lane]) continue;
    struct area a;
    u64 address = address_of(in, lane);
    if (address % bytes != 0) {
      stop(MISALIGNED_ADDRESS, in, lane, "address %#lx is not a multiple of %lu", address, bytes);
    } else if (area_of(address, shared, &a) && bytes <= a.to - address) {
      at[lane] = (address - a.from) / 4;
      act(in, shared, a, lane, lane + 1);
    } else if (shared) {
      stop(ILLEGAL_ADDRESS, in, lane, "byte %ld of %d bytes of shared memory", (s64) (address - SHARED_FROM), kernel->shared_bytes);
    } else {
      stop(ILLEGAL_ADDRESS, in, lane, "%lu bytes at %#lx are not in an allocation", bytes, address);
    }
  }
}

/* All lanes at once, if their addresses lie in one area. */
static void access(const struct instruction *in, bool shared, action *act) {
  const u64 bytes = (u64) in->bytes * in->width;
  u64 least = ~0ull, most = 0, odd = 0;
  for (int lane = 0; lane < LANES; lane++) {
    at[lane] = address_of(in, lane);
    least = on[lane] && at[lane] < least ? at[lane] : least;
    most = on[lane] && at[lane] > most ? at[lane] : most;
    odd |= on[lane] ? at[lane] & (bytes - 1) : 0;
  }
  if (counting) count(kernel, in, on, at);
  struct area a;
  if (odd != 0 || !area_of(least, shared, &a) || most >= a.to || bytes > a.to - most) {
    each(in, shared, act, bytes);
    return;
  }
  for (int lane = 0; lane < LANES; lane++) at[lane] = on[lane] ? (at[lane] - a.from) / 4 : 0;
  act(in, shared, a, 0, LANES);
}

static void load_parameter(const struct instruction *in) {
  for (int lane = 0; lane < LANES; lane++)
    if (on[lane]) memcpy(rows + in->d[0] + lane * in->bytes / 4, arguments + in->offset, in->bytes);
}

/* ---- Lanes --------------------------------------------------------------------------------------- */

/* The warp's lanes give each other values: all that the mask names must be here. */
static void shuffle(const struct instruction *in) {
  for (int warp = 0; warp < threads; warp += WARP) {
    u32 result[WARP], valid[WARP], here = 0;
    for (int i = 0; i < WARP; i++) here |= (on[warp + i] ? 1u : 0u) << i;
    for (int i = 0; i < WARP; i++) {
      int lane = warp + i;
      if (!on[lane]) continue;
      u32 mask = rows[in->mask + lane], c = rows[in->c + lane], segment = c >> 8 & 31;
      if ((mask & ~here) != 0 || !(mask >> i & 1)) {
        stop(LAUNCH_FAILED, in, lane, "shuffles with lanes %#x of its warp where only %#x are", mask, here);
        return;
      }
      u32 from = i ^ rows[in->b + lane], last = (i & segment) | (c & 31 & ~segment);
      valid[i] = from <= last;
      if (!valid[i]) from = i;
      if (!(here >> from & 1)) {
        stop(LAUNCH_FAILED, in, lane, "shuffles with lane %u, which is elsewhere", from);
        return;
      }
      result[i] = rows[in->a + warp + from];
    }
    for (int i = 0; i < WARP; i++) {
      if (!on[warp + i]) continue;
      rows[in->d[0] + warp + i] = result[i];
      rows[in->d[1] + warp + i] = valid[i];
    }
  }
}

/* Lets those go on that are first in the text; their place, or -1 if there are none. */
static int choose(void) {
  int first = NOWHERE, here = 0;
  for (int lane = 0; lane < LANES; lane++) first = place[lane] < first ? place[lane] : first;
  others = NOWHERE;
  for (int lane = 0; lane < LANES; lane++) {
    on[lane] = first != NOWHERE && place[lane] == first;
    here += on[lane];
    place[lane] = on[lane] ? NOWHERE : place[lane];
    others = place[lane] < others ? place[lane] : others;
  }
  all_on = here == LANES;
  return here ? first : -1;
}

/* Those that execute wait at a place to be chosen. */
static void leave(int at) {
  for (int lane = 0; lane < LANES; lane++) place[lane] = on[lane] ? at : place[lane];
}

/* Where those that execute go on after a branch. */
static int branch(const struct instruction *in, int next) {
  if (in->guard < 0) return in->target;
  const u32 *guard = rows + in->guard, negated = in->negated;
  int taken = 0, here = 0;
  for (int lane = 0; lane < LANES; lane++) {
    here += on[lane];
    taken += on[lane] & (guard[lane] ^ negated);
  }
  if (taken == here) return in->target;
  if (taken == 0) return next;
  for (int lane = 0; lane < LANES; lane++)
    if (on[lane]) place[lane] = guard[lane] ^ negated ? in->target : next;
  return choose();
}

/* Nobody can go on: all wait at one barrier, or have ended, or it is a mistake. Where they go on,
   or -1. */
static int release(void) {
  int waiting = -1;
  for (int lane = 0; lane < threads; lane++)
    if (barrier_at[lane] != ENDED) waiting = lane;
  if (waiting < 0) return -1;
  const int at = barrier_at[waiting];
  for (int lane = 0; lane < threads; lane++) {
    if (barrier_at[lane] == at) {
      place[lane] = at + 1;
      continue;
    }
    const char *wrong = barrier_at[lane] == ENDED ? "which has ended" : "which waits at another barrier";
    stop(LAUNCH_FAILED, kernel->instructions + at, waiting, "waits for thread %d, %s", lane, wrong);
    return -1;
  }
  now++;
  return choose();
}

/* Those that execute wait at a barrier, or have ended. Who goes on, and where. */
static int wait_at(int at) {
  for (int lane = 0; lane < LANES; lane++) barrier_at[lane] = on[lane] ? at : barrier_at[lane];
  int next = choose();
  return next >= 0 ? next : release();
}

static int barrier(int at) {
  if (!all_on) return wait_at(at);
  now++;
  return at + 1;
}

/* ---- Arithmetic ---------------------------------------------------------------------------------- */

#define X(name, text, D, A, B, C, value)                                                           \
  __attribute__((noinline)) static void run_##name(const struct instruction *in) {                 \
    D *d = (D *) (rows + in->d[0]);                                                                \
    const A *as = (const A *) (rows + in->a);                                                      \
    const B *bs = (const B *) (rows + in->b);                                                      \
    const C *cs = (const C *) (rows + in->c);                                                      \
    if (all_on) {                                                                                  \
      _Pragma("GCC ivdep")                                                                         \
      for (int i = 0; i < LANES; i++) {                                                            \
        const A a = as[i]; const B b = bs[i]; const C c = cs[i];                                   \
        (void) b; (void) c;                                                                        \
        d[i] = (D) (value);                                                                        \
      }                                                                                            \
    } else {                                                                                       \
      _Pragma("GCC ivdep")                                                                         \
      for (int i = 0; i < LANES; i++) {                                                            \
        const A a = as[i]; const B b = bs[i]; const C c = cs[i];                                   \
        (void) b; (void) c;                                                                        \
        const D v = (D) (value);                                                                   \
        d[i] = on[i] ? v : d[i];                                                                   \
      }                                                                                            \
    }                                                                                              \
  }
#include "ptx_ops.h"
#undef X

static void pack(const struct instruction *in) {
  for (int i = 0; i < LANES; i++)
    if (on[i]) ((u64 *) (rows + in->d[0]))[i] = rows[in->a + i] | (u64) rows[in->b + i] << 32;
}

static void unpack(const struct instruction *in) {
  for (int i = 0; i < LANES; i++) {
    if (!on[i]) continue;
    u64 value = ((const u64 *) (rows + in->a))[i];
    rows[in->d[0] + i] = (u32) value;
    rows[in->d[1] + i] = (u32) (value >> 32);
  }
}

/* ---- A group, a launch --------------------------------------------------------------------------- */

static void run_group(void) {
  now++;
  group_began = now;
  for (int lane = 0; lane < LANES; lane++) place[lane] = lane < threads ? 0 : NOWHERE;
  int next = choose();
  while (next >= 0 && !fault) {
    if (next >= others) { /* others are there, or come before */
      leave(next);
      next = choose();
    }
    const struct instruction *in = kernel->instructions + next;
    if (counting && !(in->op >= LD_GLOBAL && in->op <= ST_SHARED)) count(kernel, in, on, NULL);
    switch (in->op) {
#define X(name, text, d, a, b, c, value) case name: run_##name(in); next++; break;
#include "ptx_ops.h"
#undef X
      case PACK: pack(in); next++; break;
      case UNPACK: unpack(in); next++; break;
      case LD_PARAM: load_parameter(in); next++; break;
      case LD_GLOBAL: access(in, false, load); next++; break;
      case ST_GLOBAL: access(in, false, store); next++; break;
      case LD_SHARED: access(in, true, load); next++; break;
      case ST_SHARED: access(in, true, store); next++; break;
      case SHUFFLE: shuffle(in); next++; break;
      case BRANCH: next = branch(in, next + 1); break;
      case BARRIER: next = barrier(next); break;
      case RETURN: next = wait_at(ENDED); break;
    }
  }
}

static void fill(int row, u64 value, bool wide) {
  for (int i = 0; i < LANES; i++)
    if (wide) ((u64 *) (rows + row))[i] = value; else rows[row + i] = (u32) value;
}

int ptx_run(const struct kernel *launched, int groups, int launched_threads, const unsigned char *parameters) {
  kernel = launched;
  arguments = parameters;
  threads = launched_threads;
  fault = OK;
  size_t bytes = ((size_t) kernel->words * sizeof *rows + 63) / 64 * 64;
  if (bytes > rows_held) {
    free(rows);
    rows = aligned_alloc(64, bytes);
    memset(rows, 0, bytes);
    rows_held = bytes;
  }
  for (int i = 0; i < kernel->constant_count; i++)
    fill(kernel->constants[i].row, kernel->constants[i].value, kernel->constants[i].wide);
  for (int lane = 0; lane < LANES; lane++) rows[kernel->tid + lane] = lane;
  fill(kernel->groups, groups, false);
  fill(kernel->group_size, threads, false);
  launch_began = ++now;
  if (counting) count_launch(kernel, groups);
  for (group = 0; group < groups && !fault; group++) {
    fill(kernel->group, group, false);
    run_group();
  }
  now++;
  return fault;
}
