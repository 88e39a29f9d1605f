/* libcuda.so.1 for a machine without a card: the calls that the backend makes, answered by an
   emulated card that executes PTX on the CPU, so that what NVRTC makes of the generated kernels can
   be run, and watched, anywhere.

   A stream does nothing until somebody waits for it, so that a wait that is forgotten shows. What a
   kernel does wrong is said on stderr and is the driver's error from then on, as on a card. What is
   handed to the driver in a wrong form, order or thread is answered with an error. Speed is not its
   business.

   EMULATED_CARD_CAPABILITY=8.0      compute capability; 9.9 by default, which no compiler makes
                                     machine code for, so that it is asked for PTX at once
   EMULATED_CARD_MULTIPROCESSORS=132 4 by default
   EMULATED_CARD_MEMORY_GIB=1        16 by default
   EMULATED_CARD_QUIET=1             nothing is said on stderr
   EMULATED_CARD_COUNTS=counts.txt   what a profiler would count is written there (counts.h) */
#include "counts.h"
#include "driver.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct driver driver = { .lock = PTHREAD_MUTEX_INITIALIZER };
_Thread_local void *current_context;

/* ---- What was found ------------------------------------------------------------------------------ */

static char finding[512];

void report(const char *format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (!getenv("EMULATED_CARD_QUIET")) fprintf(stderr, "emulated card: %s\n", text);
  if (!*finding) strcpy(finding, text);
}

/* For tests: the first thing that was found since the last question, or "". */
const char *emulated_card_finding(void) {
  static char told[sizeof finding];
  strcpy(told, finding);
  *finding = 0;
  return told;
}

/* For tests: sets one of the variables named above for what is asked from now on; NULL takes it back. */
void emulated_card_set(const char *name, const char *value) {
  if (value) setenv(name, value, 1); else unsetenv(name);
}

/* For tests: how many things are not given back yet. */
int emulated_card_held(void) {
  return memory_count() + driver.modules + driver.streams + driver.events + driver.graphs + driver.executables + driver.references;
}

static int setting(const char *name, int usual) {
  const char *value = getenv(name);
  return value ? atoi(value) : usual;
}

/* ---- Device and context -------------------------------------------------------------------------- */

int cuInit(unsigned flags) {
  counts_begin();
  driver.initialized |= flags == 0;
  return flags == 0 ? OK : INVALID_VALUE;
}

/* 12.4, whose PTX is 8.4. */
enum { DRIVER = 12040, NEWEST_PTX = 84 };

int cuDriverGetVersion(int *version) { *version = DRIVER; return OK; }

static int capability(void) {
  const char *text = getenv("EMULATED_CARD_CAPABILITY");
  int major = 9, minor = 9;
  if (text) sscanf(text, "%d.%d", &major, &minor);
  return 10 * major + minor;
}

int cuDeviceGetCount(int *n) { TURN; *n = 1; return OK; }
int cuDeviceGet(int *device, int ordinal) {
  TURN;
  if (ordinal != 0) return INVALID_DEVICE;
  *device = 0;
  return OK;
}
int cuDeviceGetName(char *name, int n, int device) {
  TURN;
  if (device != 0) return INVALID_DEVICE;
  snprintf(name, n, "Emulated card (PTX on the CPU)");
  return OK;
}
static u64 memory_bytes(void) { return (u64) setting("EMULATED_CARD_MEMORY_GIB", 16) << 30; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  TURN;
  if (device != 0) return INVALID_DEVICE;
  *bytes = memory_bytes();
  return OK;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  TURN;
  if (device != 0) return INVALID_DEVICE;
  switch (attribute) {
    case 1: *value = LANES; return OK; /* threads per block */
    case 8: *value = SHARED_BYTES; return OK;
    case 10: *value = WARP; return OK;
    case 16: *value = setting("EMULATED_CARD_MULTIPROCESSORS", 4); return OK;
    case 75: *value = capability() / 10; return OK;
    case 76: *value = capability() % 10; return OK;
    default: return INVALID_VALUE;
  }
}

int cuDevicePrimaryCtxRetain(void **result, int device) {
  TURN;
  if (device != 0) return INVALID_DEVICE;
  driver.references++;
  *result = &driver.context;
  return OK;
}

/* A context that has failed takes all that it held with it. */
int cuDevicePrimaryCtxRelease_v2(int device) {
  TURN;
  if (device != 0 || driver.references == 0) return INVALID_CONTEXT;
  drain();
  if (--driver.references == 0 && driver.failed) {
    driver.failed = OK;
    driver.modules = driver.streams = driver.events = driver.graphs = driver.executables = 0;
    driver.allocated = 0;
    memory_forget();
  }
  return OK;
}

int cuCtxSetCurrent(void *wanted) {
  TURN;
  if (wanted && wanted != &driver.context) return INVALID_CONTEXT;
  current_context = wanted;
  return OK;
}

/* ---- Memory -------------------------------------------------------------------------------------- */

int cuMemAlloc_v2(u64 *address, size_t bytes) {
  IN_CONTEXT;
  if (driver.allocated + bytes > memory_bytes()) return OUT_OF_MEMORY;
  int code = memory_allocate(address, bytes, false);
  if (code == OK) driver.allocated += bytes;
  return code;
}

int cuMemFree_v2(u64 address) {
  IN_CONTEXT;
  if (drain()) return driver.failed;
  struct allocation *freed = memory_find(address, 1, false);
  u64 bytes = freed ? freed->to - freed->from : 0;
  int code = memory_free(address, false);
  if (code == OK) driver.allocated -= bytes;
  return code;
}

int cuMemAllocHost_v2(void **p, size_t bytes) { IN_CONTEXT; return memory_allocate((u64 *) p, bytes, true); }
int cuMemFreeHost(void *p) { IN_CONTEXT; return drain() ? driver.failed : memory_free((u64) p, true); }

/* ---- Modules ------------------------------------------------------------------------------------- */

/* Machine code is refused, as by a card of another kind; the backend then asks for PTX. */
int cuModuleLoadData(struct module **result, const char *image) {
  IN_CONTEXT;
  char error[300];
  if (memcmp(image, "\177ELF", 4) == 0) return NO_BINARY;
  struct module *module = ptx_parse(image, error, sizeof error);
  if (!module) {
    report("PTX: %s", error);
    return INVALID_PTX;
  }
  if (module->version > NEWEST_PTX || module->target > capability()) {
    int code = module->version > NEWEST_PTX ? UNSUPPORTED_PTX : NO_BINARY;
    ptx_free(module);
    return code;
  }
  driver.modules++;
  *result = module;
  return OK;
}

int cuModuleUnload(struct module *module) {
  IN_CONTEXT;
  if (drain()) return driver.failed;
  ptx_free(module);
  driver.modules--;
  return OK;
}

int cuModuleGetFunction(struct kernel **result, struct module *module, const char *name) {
  IN_CONTEXT;
  for (struct kernel *k = module->kernels; k; k = k->next)
    if (strcmp(k->name, name) == 0) {
      *result = k;
      return OK;
    }
  return NOT_FOUND;
}

int cuFuncGetAttribute(int *value, int attribute, struct kernel *kernel) {
  IN_CONTEXT;
  switch (attribute) {
    case 0: *value = kernel->threads; return OK;
    case 1: *value = kernel->shared_bytes; return OK;
    case 4: *value = 32; return OK; /* registers, which PTX does not tell */
    default: return INVALID_VALUE;
  }
}
