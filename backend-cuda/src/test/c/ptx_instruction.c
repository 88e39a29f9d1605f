/* An instruction's text to operation and rows. */
#define _GNU_SOURCE
#include "ptx_parse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef u32 pred;
typedef struct { char nothing[0]; } none;

/* Bytes of an instruction's operands: result, a, b, c; 0 where it has none. */
static const struct form { const char *text; enum op op; unsigned char bytes[4]; } forms[] = {
#define X(name, text, d, a, b, c, value) { text, name, { sizeof(d), sizeof(a), sizeof(b), sizeof(c) } },
#include "ptx_ops.h"
#undef X
};

static int constant(struct parser *p, u64 value, bool wide) {
  struct kernel *k = p->kernel;
  for (int i = 0; i < k->constant_count; i++)
    if (k->constants[i].value == value && k->constants[i].wide == wide) return k->constants[i].row;
  k->constants = ptx_grown(k->constants, k->constant_count, sizeof *k->constants);
  k->constants[k->constant_count++] = (struct constant) { value, ptx_new_row(k, wide), wide };
  return k->constants[k->constant_count - 1].row;
}

static const struct symbol *shared(struct parser *p, const char *name) {
  for (int i = 0; i < p->shared_count; i++)
    if (strcmp(p->shared[i].name, name) == 0) return &p->shared[i];
  return NULL;
}

/* The row of %name, with its width; a special register or one that .reg declared. */
static int named_row(struct parser *p, const char *text, bool *wide) {
  struct kernel *k = p->kernel;
  *wide = false;
  if (strcmp(text, "%tid.x") == 0) return k->tid;
  if (strcmp(text, "%ctaid.x") == 0) return k->group;
  if (strcmp(text, "%nctaid.x") == 0) return k->groups;
  if (strcmp(text, "%ntid.x") == 0) return k->group_size;
  size_t letters = strcspn(text, "0123456789");
  for (int i = 0; i < p->bank_count; i++) {
    const struct bank *b = &p->banks[i];
    if (strlen(b->prefix) == letters && strncmp(b->prefix, text, letters) == 0) {
      int number = atoi(text + letters);
      if (number >= b->count) ptx_fail(p, "there is no register %s", text);
      *wide = b->wide;
      return b->row + number * (b->wide ? 2 * LANES : LANES);
    }
  }
  ptx_fail(p, "unknown register %s", text);
}

static int operand(struct parser *p, const char *text, int bytes) {
  bool wide = false;
  if (*text == '%') {
    int row = named_row(p, text, &wide);
    if (wide != (bytes == 8)) ptx_fail(p, "%s has not %d bits", text, 8 * bytes);
    return row;
  }
  const struct symbol *symbol = shared(p, text);
  if (symbol) return constant(p, symbol->at, bytes == 8);
  char *end;
  u64 value = strncmp(text, "0f", 2) == 0 ? strtoull(text + 2, &end, 16) : (u64) strtoll(text, &end, 0);
  if (*end || end == text) ptx_fail(p, "%s is no operand", text);
  return constant(p, bytes == 8 ? value : (u32) value, bytes == 8);
}

/* Cuts "a, {b, c}, [d+4]" into a, {b, c} and [d+4]. */
static int cut(struct parser *p, char *text, char *parts[8]) {
  int n = 0, depth = 0;
  char *from = text;
  for (char *c = text;; c++) {
    if (*c == '{' || *c == '[') depth++;
    if (*c == '}' || *c == ']') depth--;
    if ((*c == ',' && depth == 0) || *c == 0) {
      bool last = *c == 0;
      *c = 0;
      while (*from == ' ' || *from == '\t') from++;
      for (char *e = c; e > from && (e[-1] == ' ' || e[-1] == '\t');) *--e = 0;
      if (n == 8) ptx_fail(p, "more operands than expected");
      if (*from) parts[n++] = from;
      from = c + 1;
      if (last) return n;
    }
  }
}

/* {a, b, c, d} or a: the rows of a memory instruction's values. */
static int values(struct parser *p, char *text, int bytes, int rows[4]) {
  char *parts[8] = { text };
  int n = 1;
  if (*text == '{') {
    text[strlen(text) - 1] = 0;
    n = cut(p, text + 1, parts);
    if (n > 4) ptx_fail(p, "more than four values");
  }
  for (int i = 0; i < n; i++) rows[i] = operand(p, parts[i], bytes);
  return n;
}

/* [%rd1+16], [%rd1], [symbol+16] or [parameter+4]. */
static void address(struct parser *p, struct instruction *in, char *text) {
  if (*text != '[') ptx_fail(p, "%s is no address", text);
  text[strlen(text) - 1] = 0;
  text++;
  char *plus = strchr(text, '+');
  if (plus) {
    in->offset = strtoll(plus + 1, NULL, 0);
    *plus = 0;
  }
  if (in->op == LD_PARAM) {
    for (int i = 0; i < p->kernel->parameter_count; i++) {
      const struct parameter *q = &p->kernel->parameters[i];
      if (strcmp(q->name, text) == 0) {
        in->offset += q->offset;
        return;
      }
    }
    ptx_fail(p, "%s is no parameter", text);
  }
  if (*text == '%') {
    in->a = named_row(p, text, &in->wide);
  } else {
    in->wide = true;
    in->a = operand(p, text, 8);
  }
}

static bool memory(struct parser *p, struct instruction *in, const char *opcode, char *parts[8], int n) {
  static const struct { const char *prefix; enum op op; bool non_coherent; } kinds[] = {
    { "ld.param.", LD_PARAM, false }, { "ld.global.nc.", LD_GLOBAL, true },
    { "ld.global.", LD_GLOBAL, false }, { "st.global.", ST_GLOBAL, false },
    { "ld.shared.", LD_SHARED, false }, { "st.shared.", ST_SHARED, false },
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strncmp(opcode, kinds[i].prefix, strlen(kinds[i].prefix)) != 0) continue;
    const char *type = opcode + strlen(kinds[i].prefix);
    int width = 1, bits;
    char letter, more;
    if (sscanf(type, "v%d.", &width) == 1) type = strchr(type, '.') + 1;
    if (sscanf(type, "%c%d%c", &letter, &bits, &more) != 2 || (bits != 32 && bits != 64)) return false;
    if (n != 2) ptx_fail(p, "%s wants two operands", opcode);
    bool store = kinds[i].op == ST_GLOBAL || kinds[i].op == ST_SHARED;
    in->op = kinds[i].op;
    in->non_coherent = kinds[i].non_coherent;
    in->bytes = bits / 8;
    in->width = values(p, parts[store ? 1 : 0], in->bytes, in->d);
    if (in->width != width) ptx_fail(p, "%s with %d values", opcode, in->width);
    address(p, in, parts[store ? 0 : 1]);
    return true;
  }
  return false;
}

static void arithmetic(struct parser *p, struct instruction *in, const struct form *form, char *parts[8], int n) {
  int wanted = 0;
  for (int i = 0; i < 4; i++) wanted += form->bytes[i] > 0;
  if (n != wanted) ptx_fail(p, "%s with %d operands", form->text, n);
  in->op = form->op;
  in->d[0] = operand(p, parts[0], form->bytes[0]);
  if (form->bytes[1]) in->a = operand(p, parts[1], form->bytes[1]);
  if (form->bytes[2]) in->b = operand(p, parts[2], form->bytes[2]);
  if (form->bytes[3]) in->c = operand(p, parts[3], form->bytes[3]);
}

static void shuffle(struct parser *p, struct instruction *in, char *parts[8], int n) {
  char *second = n == 5 ? strchr(parts[0], '|') : NULL;
  if (!second) ptx_fail(p, "a shuffle of another form");
  *second = 0;
  in->op = SHUFFLE;
  in->d[0] = operand(p, parts[0], 4);
  in->d[1] = operand(p, second + 1, 4);
  in->a = operand(p, parts[1], 4);
  in->b = operand(p, parts[2], 4);
  in->c = operand(p, parts[3], 4);
  in->mask = operand(p, parts[4], 4);
}

static void branch(struct parser *p, struct instruction *in, const char *label) {
  in->op = BRANCH;
  p->jumps = ptx_grown(p->jumps, p->jump_count, sizeof *p->jumps);
  struct jump *jump = &p->jumps[p->jump_count++];
  jump->instruction = p->kernel->count;
  jump->line = p->line;
  snprintf(jump->label, sizeof jump->label, "%s", label);
}

void ptx_instruction(struct parser *p, char *text) {
  struct instruction in = { .guard = -1, .line = p->line };
  char *parts[8], opcode[64];
  if (*text == '@') {
    in.negated = text[1] == '!';
    char *name = text + 1 + in.negated, *end = name + strcspn(name, " \t");
    if (*end) *end++ = 0;
    in.guard = operand(p, name, 4);
    text = end + strspn(end, " \t");
  }
  size_t length = strcspn(text, " \t");
  if (length >= sizeof opcode) ptx_fail(p, "unknown instruction %s", text);
  memcpy(opcode, text, length);
  opcode[length] = 0;
  char *rest = text + length;
  bool pack = strcmp(opcode, "mov.b64") == 0 && strchr(rest, '{');
  int n = cut(p, rest, parts);
  const struct form *form = NULL;
  for (size_t i = 0; !pack && i < sizeof forms / sizeof *forms; i++)
    if (strcmp(forms[i].text, opcode) == 0) form = &forms[i];
  if (form) {
    arithmetic(p, &in, form, parts, n);
  } else if (pack && n == 2 && *parts[0] == '{') {
    in.op = UNPACK;
    values(p, parts[0], 4, in.d);
    in.a = operand(p, parts[1], 8);
  } else if (pack && n == 2) {
    int rows[4];
    in.op = PACK;
    values(p, parts[1], 4, rows);
    in.d[0] = operand(p, parts[0], 8);
    in.a = rows[0];
    in.b = rows[1];
  } else if (strcmp(opcode, "shfl.sync.bfly.b32") == 0) {
    shuffle(p, &in, parts, n);
  } else if ((strcmp(opcode, "bra") == 0 || strcmp(opcode, "bra.uni") == 0) && n == 1) {
    branch(p, &in, parts[0]);
  } else if (strcmp(opcode, "bar.sync") == 0 && n == 1 && strcmp(parts[0], "0") == 0) {
    in.op = BARRIER;
  } else if (strcmp(opcode, "ret") == 0 && n == 0) {
    in.op = RETURN;
  } else if (!memory(p, &in, opcode, parts, n)) {
    ptx_fail(p, "unknown instruction %s", opcode);
  }
  if (in.guard >= 0 && in.op != BRANCH) ptx_fail(p, "a guard on %s", opcode);
  struct kernel *k = p->kernel;
  k->instructions = ptx_grown(k->instructions, k->count, sizeof *k->instructions);
  k->instructions[k->count++] = in;
}
