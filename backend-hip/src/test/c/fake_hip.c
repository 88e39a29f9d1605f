/* libamdhip64.so.7 without a card. Memory is host memory, a stream runs at once, every module has
   one kernel, add(int *p, int value). Whatever is handed to it in the wrong form or order is answered
   with an error code, and nothing may be left at the end. It stands in for the real library so that
   the bindings themselves can be tested. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_BINARY = 209, INVALID_HANDLE = 400, NOT_FOUND = 500 };

static int held, current, capturing;
static struct launch { int *p; int value; } captured[64];
static int captures;

/* What is not given back yet: device and host memory, modules, streams, events, graphs, contexts. */
int fake_held(void) { return held; }

int hipInit(unsigned flags) { return flags == 0 ? OK : INVALID_VALUE; }

int hipGetDeviceCount(int *n) { *n = 1; return OK; }
int hipSetDevice(int device) { if (device != 0) return INVALID_VALUE; current = 1; return OK; }
int hipDeviceGetPCIBusId(char *text, int n, int device) {
  if (n < 13 || device != 0) return INVALID_VALUE;
  strcpy(text, "0000:03:00.0");
  return OK;
}
const char *hipGetErrorName(int code) { return code == OUT_OF_MEMORY ? "hipErrorOutOfMemory" : "hipErrorOther"; }

int hipDeviceGetName(char *name, int n, int device) {
  if (n < 10 || device != 0) return INVALID_VALUE;
  strcpy(name, "Fake 9000");
  return OK;
}
int hipDeviceTotalMem(size_t *bytes, int device) { *bytes = 5ull << 30; return OK; }
int hipDeviceGetAttribute(int *value, int attribute, int device) {
  switch (attribute) {
    case 56: *value = 1024; return OK;  /* threads per block */
    case 74: *value = 49152; return OK; /* shared memory per block */
    case 87: *value = 32; return OK;   /* warp size */
    case 63: *value = 77; return OK;   /* multiprocessors */
    default: return INVALID_VALUE;
  }
}

int hipMalloc(void **p, size_t bytes) {
  if (!current || bytes == 0) return INVALID_VALUE;
  if (bytes > (5ull << 30)) return OUT_OF_MEMORY;
  *p = malloc(bytes); held++;
  return OK;
}
int hipFree(void *p) { free(p); held--; return OK; }
int hipHostMalloc(void **p, size_t bytes, unsigned flags) { if (flags) return INVALID_VALUE;
  *p = malloc(bytes); held++;
  return OK;
}
int hipHostFree(void *p) { free(p); held--; return OK; }

static char stream_mark;

int hipStreamCreateWithFlags(void **stream, unsigned flags) {
  if (!current || flags != 1) return INVALID_VALUE;
  *stream = &stream_mark; held++;
  return OK;
}
int hipStreamDestroy(void *stream) {
  if (stream != &stream_mark) return INVALID_HANDLE;
  held--;
  return OK;
}
int hipStreamSynchronize(void *stream) { return stream == &stream_mark ? OK : INVALID_HANDLE; }
int hipMemcpyHtoDAsync(void *to, void *from, size_t bytes, void *stream) {
  if (stream != &stream_mark) return INVALID_HANDLE;
  memcpy(to, from, bytes);
  return OK;
}
int hipMemcpyDtoHAsync(void *to, void *from, size_t bytes, void *stream) {
  if (stream != &stream_mark) return INVALID_HANDLE;
  memcpy(to, from, bytes);
  return OK;
}

static char module_mark, function_mark;

/* HIP does not copy the code: it must lie there until it is unloaded. */
static const void *loaded;
static int lies_there(void) { return memcmp(loaded, "code", 5) == 0; }

int hipModuleLoadData(void **module, const void *image) {
  if (memcmp(image, "code", 5) != 0) return NO_BINARY;
  *module = &module_mark; loaded = image; held++;
  return OK;
}
int hipModuleUnload(void *module) {
  if (module != &module_mark || !lies_there()) return INVALID_HANDLE;
  held--;
  return OK;
}
int hipModuleGetFunction(void **function, void *module, const char *name) {
  if (module != &module_mark || !lies_there()) return INVALID_HANDLE;
  if (strcmp(name, "add") != 0) return NOT_FOUND;
  *function = &function_mark;
  return OK;
}
int hipModuleLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz,
    unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
  if (function != &function_mark || stream != &stream_mark) return INVALID_HANDLE;
  if (gx != 3 || gy != 1 || gz != 1 || bx != 256 || by != 1 || bz != 1 || shared || extra) return INVALID_VALUE;
  struct launch l = { *(int **) parameters[0], *(int *) parameters[1] };
  if (capturing) captured[captures++] = l; else *l.p += l.value;
  return OK;
}

struct graph { int n; struct launch launches[64]; };

int hipStreamBeginCapture(void *stream, int mode) {
  if (stream != &stream_mark || mode != 2 || capturing) return INVALID_VALUE;
  capturing = 1; captures = 0;
  return OK;
}
int hipStreamEndCapture(void *stream, void **graph) {
  if (stream != &stream_mark || !capturing) return INVALID_VALUE;
  struct graph *g = malloc(sizeof *g);
  g->n = captures; memcpy(g->launches, captured, sizeof captured);
  capturing = 0; *graph = g; held++;
  return OK;
}
int hipGraphInstantiate(void **exec, struct graph *graph, void *node, char *log, size_t n) {
  if (node || log || n) return INVALID_VALUE;
  struct graph *g = malloc(sizeof *g);
  *g = *graph; *exec = g; held++;
  return OK;
}
int hipGraphDestroy(void *graph) { free(graph); held--; return OK; }
int hipGraphExecDestroy(void *exec) { free(exec); held--; return OK; }
int hipGraphLaunch(struct graph *exec, void *stream) {
  if (stream != &stream_mark) return INVALID_HANDLE;
  for (int i = 0; i < exec->n; i++) *exec->launches[i].p += exec->launches[i].value;
  return OK;
}

int hipEventCreateWithFlags(void **event, unsigned flags) {
  if (flags != 0 && flags != 2) return INVALID_VALUE;
  char *e = calloc(1, 2);
  e[1] = flags == 0; *event = e; held++;
  return OK;
}
int hipEventElapsedTime(float *milliseconds, const char *from, const char *to) {
  if (!from[0] || !to[0] || !from[1] || !to[1]) return INVALID_HANDLE;
  *milliseconds = 0.25f;
  return OK;
}
int hipEventRecord(char *event, void *stream) {
  if (stream != &stream_mark) return INVALID_HANDLE;
  *event = 1;
  return OK;
}
int hipEventSynchronize(char *event) { return *event ? OK : INVALID_HANDLE; }
int hipEventDestroy(void *event) { free(event); held--; return OK; }
