/* PTX as NVRTC writes it, one statement a line, to kernels. What it never writes for the generated
   ones is refused by name: functions, local memory, guards on anything but branches. */
#define _GNU_SOURCE
#include "ptx_parse.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ptx_fail(struct parser *p, const char *format, ...) {
  va_list values;
  int n = snprintf(p->error, p->size, "line %d: ", p->line);
  va_start(values, format);
  vsnprintf(p->error + n, p->size - n, format, values);
  va_end(values);
  longjmp(p->give_up, 1);
}

void *ptx_grown(void *array, int count, size_t element) {
  return (count & (count - 1)) == 0 ? realloc(array, (count ? 2 * count : 1) * element) : array;
}

int ptx_new_row(struct kernel *k, bool wide) {
  int row = k->words;
  k->words += wide ? 2 * LANES : LANES;
  return row;
}

/* .reg .f32 %f<106>; */
static void registers(struct parser *p, const char *text) {
  char type[8];
  struct bank b = { .row = 0 };
  if (p->bank_count == 16) ptx_fail(p, "too many kinds of registers");
  if (sscanf(text, ".reg .%7s %15[^<]<%d>", type, b.prefix, &b.count) != 3) ptx_fail(p, "%s", text);
  b.wide = strcmp(type + 1, "64") == 0;
  if (!b.wide && strcmp(type + 1, "32") != 0 && strcmp(type, "pred") != 0) ptx_fail(p, "registers of type %s", type);
  b.row = p->kernel->words;
  p->kernel->words += b.count * (b.wide ? 2 * LANES : LANES);
  p->banks[p->bank_count++] = b;
}

/* .shared .align 16 .b8 name[32]; */
static void shared_array(struct parser *p, const char *text) {
  int align, bytes;
  struct kernel *k = p->kernel;
  if (p->shared_count == 64) ptx_fail(p, "too many shared arrays");
  struct symbol *s = &p->shared[p->shared_count++];
  if (sscanf(text, ".shared .align %d .b8 %119[^[][%d]", &align, s->name, &bytes) != 3) ptx_fail(p, "%s", text);
  s->at = SHARED_FROM + (k->shared_bytes + align - 1) / align * align;
  k->shared_bytes = s->at - SHARED_FROM + (bytes + align - 1) / align * align;
  if (k->shared_bytes > SHARED_BYTES) ptx_fail(p, "%s needs more than %d bytes of shared memory", k->name, SHARED_BYTES);
}

/* .param .u64 name, */
static void parameter(struct parser *p, const char *text) {
  struct kernel *k = p->kernel;
  int bits;
  if (k->parameter_count == 32) ptx_fail(p, "too many parameters");
  struct parameter *q = &k->parameters[k->parameter_count++];
  if (sscanf(text, ".param .%*[usbf]%d %79[^, \t]", &bits, q->name) != 2 || (bits != 32 && bits != 64)) ptx_fail(p, "%s", text);
  q->bytes = bits / 8;
  q->offset = (k->parameter_bytes + q->bytes - 1) / q->bytes * q->bytes;
  k->parameter_bytes = q->offset + q->bytes;
}

static void begin_kernel(struct parser *p, const char *text) {
  struct kernel *k = calloc(1, sizeof *k);
  k->next = p->module->kernels;
  p->module->kernels = p->kernel = k;
  k->module = p->module;
  k->threads = LANES;
  p->bank_count = p->shared_count = p->label_count = p->jump_count = 0;
  if (sscanf(strstr(text, ".entry"), ".entry %79[^( \t]", k->name) != 1) ptx_fail(p, "%s", text);
  k->tid = ptx_new_row(k, false);
  k->group = ptx_new_row(k, false);
  k->groups = ptx_new_row(k, false);
  k->group_size = ptx_new_row(k, false);
}

/* A compiler may load four values where three are meant. Those that nothing reads get row -1. */
static void drop_unread(struct kernel *k) {
  bool *read = calloc(k->words / LANES, sizeof *read);
  for (int i = 0; i < k->count; i++) {
    const struct instruction *in = &k->instructions[i];
    read[in->a / LANES] = read[in->b / LANES] = read[in->c / LANES] = read[in->mask / LANES] = true;
    if (in->guard >= 0) read[in->guard / LANES] = true;
    for (int j = 0; j < in->width && (in->op == ST_GLOBAL || in->op == ST_SHARED); j++) read[in->d[j] / LANES] = true;
  }
  for (int i = 0; i < k->count; i++) {
    struct instruction *in = &k->instructions[i];
    for (int j = 0; j < in->width && (in->op == LD_GLOBAL || in->op == LD_SHARED); j++)
      if (!read[in->d[j] / LANES]) in->d[j] = -1;
  }
  free(read);
}

static void end_kernel(struct parser *p) {
  for (int i = 0; i < p->jump_count; i++) {
    const struct jump *jump = &p->jumps[i];
    int target = -1;
    for (int j = 0; j < p->label_count; j++)
      if (strcmp(p->labels[j].name, jump->label) == 0) target = p->labels[j].at;
    p->line = jump->line;
    if (target < 0 || target >= p->kernel->count) ptx_fail(p, "no label %s", jump->label);
    p->kernel->instructions[jump->instruction].target = target;
  }
  if (p->kernel->count == 0 || p->kernel->instructions[p->kernel->count - 1].op != RETURN)
    ptx_fail(p, "%s does not end with ret", p->kernel->name);
  drop_unread(p->kernel);
  p->kernel = NULL;
}

static bool starts(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static void directive(struct parser *p, const char *text) {
  int major, minor, x, y, z;
  if (sscanf(text, ".version %d.%d", &major, &minor) == 2) p->module->version = 10 * major + minor;
  else if (sscanf(text, ".target sm_%d", &x) == 1) p->module->target = x;
  else if (starts(text, ".address_size 64") || starts(text, ".pragma") || starts(text, ".minnctapersm")) return;
  else if (strstr(text, ".entry")) begin_kernel(p, text);
  else if (!p->kernel) ptx_fail(p, "not supported: %s", text);
  else if (starts(text, ".param")) parameter(p, text);
  else if (sscanf(text, ".maxntid %d, %d, %d", &x, &y, &z) == 3) p->kernel->threads = x * y * z;
  else if (starts(text, ".reg")) registers(p, text);
  else if (starts(text, ".shared")) shared_array(p, text);
  else ptx_fail(p, "not supported: %s", text);
}

static void statement(struct parser *p, char *text) {
  char *comment = strstr(text, "//");
  if (comment) *comment = 0;
  text += strspn(text, " \t\r");
  size_t n = strlen(text);
  while (n > 0 && strchr(" \t\r;", text[n - 1])) text[--n] = 0;
  if (n == 0 || strcmp(text, "{") == 0 || strcmp(text, ")") == 0) return;
  if (*text == '.') {
    directive(p, text);
  } else if (!p->kernel) {
    ptx_fail(p, "not in a kernel: %s", text);
  } else if (strcmp(text, "}") == 0) {
    end_kernel(p);
  } else if (text[n - 1] == ':') {
    text[n - 1] = 0;
    p->labels = ptx_grown(p->labels, p->label_count, sizeof *p->labels);
    struct symbol *label = &p->labels[p->label_count++];
    snprintf(label->name, sizeof label->name, "%s", text);
    label->at = p->kernel->count;
  } else {
    ptx_instruction(p, text);
  }
}

static void read_lines(struct parser *p) {
  struct module *m = p->module;
  char line[1024];
  for (char *from = m->text, *end; from; from = end) {
    end = strchr(from, '\n');
    if (end) *end++ = 0;
    m->lines = ptx_grown(m->lines, m->line_count, sizeof *m->lines);
    m->lines[m->line_count++] = from;
    p->line = m->line_count;
    if (snprintf(line, sizeof line, "%s", from) >= (int) sizeof line) ptx_fail(p, "longer than expected");
    statement(p, line);
  }
  if (p->kernel) ptx_fail(p, "%s has no end", p->kernel->name);
  if (!m->kernels) ptx_fail(p, "there is no kernel");
}

struct module *ptx_parse(const char *text, char *error, size_t size) {
  struct parser *p = calloc(1, sizeof *p);
  p->module = calloc(1, sizeof *p->module);
  p->module->text = strdup(text);
  p->error = error;
  p->size = size;
  if (setjmp(p->give_up) == 0) {
    read_lines(p);
  } else {
    ptx_free(p->module);
    p->module = NULL;
  }
  struct module *module = p->module;
  free(p->labels);
  free(p->jumps);
  free(p);
  return module;
}

void ptx_free(struct module *module) {
  while (module->kernels) {
    struct kernel *k = module->kernels;
    module->kernels = k->next;
    free(k->instructions);
    free(k->constants);
    free(k);
  }
  free(module->lines);
  free(module->text);
  free(module);
}
