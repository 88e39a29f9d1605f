/* What reading a text and reading an instruction have in common. */
#ifndef PTX_PARSE_H
#define PTX_PARSE_H
#include "ptx.h"
#include <setjmp.h>

/* Registers of a kind: %f0 to %f105. */
struct bank { char prefix[16]; int count, row; bool wide; };
struct symbol { char name[120]; int at; };
struct jump { int instruction; char label[80]; int line; };

struct parser {
  struct module *module;
  struct kernel *kernel;
  struct bank banks[16];
  int bank_count;
  struct symbol shared[64];
  int shared_count;
  struct symbol *labels;
  int label_count;
  struct jump *jumps;
  int jump_count;
  int line;
  char *error;
  size_t size;
  jmp_buf give_up;
};

/* Ends the reading with what is wrong, after the line's number. */
__attribute__((format(printf, 2, 3), noreturn))
void ptx_fail(struct parser *p, const char *format, ...);

/* An array with room for one more than it holds, doubled when count is a power of two. */
void *ptx_grown(void *array, int count, size_t element);

int ptx_new_row(struct kernel *k, bool wide);

/* Reads an instruction and puts it behind the kernel's others. */
void ptx_instruction(struct parser *p, char *text);
#endif
