/* PTX, decoded: what ptx_parse.c makes of the text and ptx_run.c executes. */
#ifndef PTX_H
#define PTX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;
typedef float f32;

/* Threads of a group. All of them execute an instruction together, as lanes. */
enum { LANES = 256, WARP = 32 };

/* Shared memory of a group. Its addresses do not begin at 0, so that a null pointer is none. */
enum { SHARED_BYTES = 49152, SHARED_FROM = 1024 };

/* Instructions that only compute are listed in ptx_ops.h, with their arithmetic. */
enum op {
#define X(name, text, d, a, b, c, value) name,
#include "ptx_ops.h"
#undef X
  PACK,     /* mov.b64 d, {a, b} */
  UNPACK,   /* mov.b64 {d0, d1}, a */
  LD_PARAM, LD_GLOBAL, ST_GLOBAL, LD_SHARED, ST_SHARED,
  SHUFFLE,  /* shfl.sync.bfly.b32 d0|d1, a, b, c, mask */
  BRANCH, BARRIER, RETURN
};

/* Every operand is a row: a value for each lane. Registers are rows, and so are constants and
   special registers, which are filled in before a group starts. A row is named by its distance from
   the first, in words; a value of 64 bits takes two words a lane. */
struct instruction {
  enum op op;
  int d[4], a, b, c, mask; /* d: results, or what is stored; -1 of a load that nothing reads */
  int guard;         /* BRANCH: the predicate's row, or -1 */
  bool negated;
  int width;         /* memory: how many values */
  int bytes;         /* memory: of one value */
  bool wide;         /* memory: whether the address has 64 bits */
  bool non_coherent; /* memory that nobody may write while the kernel runs */
  s64 offset;        /* memory: what is added to the address; LD_PARAM: where it lies */
  int target;        /* BRANCH: the instruction's index */
  int line;          /* of the text */
};

struct constant { u64 value; int row; bool wide; };

struct parameter { char name[80]; int offset, bytes; };

struct kernel {
  char name[80];
  int threads;       /* at most, by the text */
  int shared_bytes;
  int parameter_count, parameter_bytes;
  struct parameter parameters[32];
  int count;
  struct instruction *instructions;
  int constant_count;
  struct constant *constants;
  int words;         /* of all rows */
  int tid, group, groups, group_size; /* rows of %tid.x, %ctaid.x, %nctaid.x, %ntid.x */
  struct module *module;
  struct kernel *next;
};

struct module {
  char *text;
  char **lines;      /* from 1, for messages */
  int line_count;
  int version;       /* of PTX, 78 for 7.8 */
  int target;        /* the least compute capability, 90 for 9.0 */
  struct kernel *kernels;
};

/* The module that the text describes, or NULL with what is wrong with it in error. */
struct module *ptx_parse(const char *text, char *error, size_t size);
void ptx_free(struct module *module);

/* One launch, from its first group to its last. 0, or an error code of the driver's. */
int ptx_run(const struct kernel *kernel, int groups, int threads, const unsigned char *parameters);
#endif
