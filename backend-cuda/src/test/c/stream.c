/* The driver's stream: a queue of launches, copies and events, what is captured of it, and who waits
   for it. Nothing is done until somebody does. */
#include "counts.h"
#include "driver.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- The queue ----------------------------------------------------------------------------------- */

struct launch { struct kernel *kernel; int groups, threads; unsigned char parameters[256]; };
struct event { bool timed, recorded, done; struct timespec at; };
struct work {
  enum { LAUNCH, TO_DEVICE, TO_HOST, RECORD } kind;
  struct launch launch;
  u64 to, from, bytes;
  void *copied; /* TO_DEVICE: from memory that is not page-locked */
  struct event *event;
  struct work *next;
};

static struct work *first, **behind_last = &first;

static struct work *queue(int kind) {
  struct work *work = calloc(1, sizeof *work);
  work->kind = kind;
  *behind_last = work;
  behind_last = &work->next;
  return work;
}

static int copy_to_device(const struct work *work) {
  struct allocation *to = memory_find(work->to, work->bytes, false);
  if (!to || (!work->copied && !memory_find(work->from, work->bytes, true))) {
    report("a copy to the device whose memory has been freed meanwhile");
    return ILLEGAL_ADDRESS;
  }
  memory_fill(to, work->to, work->copied ? work->copied : (void *) work->from, work->bytes);
  return OK;
}

static int copy_to_host(const struct work *work) {
  struct allocation *from = memory_find(work->from, work->bytes, false);
  if (!from || !memory_find(work->to, work->bytes, true)) {
    report("a copy to the host whose memory has been freed meanwhile");
    return ILLEGAL_ADDRESS;
  }
  memcpy((void *) work->to, from->data + (work->from - from->from), work->bytes);
  return OK;
}

static int perform(const struct work *work) {
  switch (work->kind) {
    case LAUNCH: return ptx_run(work->launch.kernel, work->launch.groups, work->launch.threads, work->launch.parameters);
    case TO_DEVICE: return copy_to_device(work);
    case TO_HOST: return copy_to_host(work);
    case RECORD:
      work->event->done = true;
      clock_gettime(CLOCK_MONOTONIC, &work->event->at);
      return OK;
  }
  return INVALID_VALUE;
}

int drain(void) {
  bool any = first != NULL;
  while (first) {
    struct work *work = first;
    if (!driver.failed) driver.failed = perform(work);
    first = work->next;
    free(work->copied);
    free(work);
  }
  behind_last = &first;
  if (any && counting) counts_write();
  return driver.failed;
}

/* ---- Copies and launches ------------------------------------------------------------------------- */

/* The stream that is being captured, or NULL. */
struct graph { int count; struct launch *launches; };
static struct graph *capture;
static bool capture_spoiled;

static int in_capture(const char *call) {
  report("%s while launches are being captured", call);
  capture_spoiled = true;
  return CAPTURE_UNSUPPORTED;
}

int cuMemcpyHtoDAsync_v2(u64 to, const void *from, size_t bytes, void *s) {
  ON_STREAM;
  if (capture) return in_capture(__func__);
  if (!memory_find(to, bytes, false)) return INVALID_VALUE;
  struct work *work = queue(TO_DEVICE);
  work->to = to;
  work->from = (u64) from;
  work->bytes = bytes;
  if (!memory_find((u64) from, bytes, true)) work->copied = memcpy(malloc(bytes), from, bytes);
  return OK;
}

int cuMemcpyDtoHAsync_v2(void *to, u64 from, size_t bytes, void *s) {
  ON_STREAM;
  if (capture) return in_capture(__func__);
  struct allocation *source = memory_find(from, bytes, false);
  if (!source) return INVALID_VALUE;
  if (!memory_find((u64) to, bytes, true)) { /* memory that is not page-locked is waited for */
    if (drain()) return driver.failed;
    memcpy(to, source->data + (from - source->from), bytes);
    return OK;
  }
  struct work *work = queue(TO_HOST);
  work->to = (u64) to;
  work->from = from;
  work->bytes = bytes;
  return OK;
}

int cuLaunchKernel(struct kernel *kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
    unsigned bz, unsigned shared, void *s, void **parameters, void **extra) {
  ON_STREAM;
  struct launch launch = { kernel, (int) gx, (int) bx, { 0 } };
  if (gx == 0 || gx > 0x7fffffff || gy != 1 || gz != 1 || by != 1 || bz != 1 || shared || extra) return INVALID_VALUE;
  if (bx == 0 || bx > (unsigned) kernel->threads || bx > LANES || bx % WARP != 0) return INVALID_VALUE;
  if (kernel->parameter_bytes > (int) sizeof launch.parameters) return INVALID_VALUE;
  for (int i = 0; i < kernel->parameter_count; i++)
    memcpy(launch.parameters + kernel->parameters[i].offset, parameters[i], kernel->parameters[i].bytes);
  if (capture) {
    capture->launches = realloc(capture->launches, (capture->count + 1) * sizeof launch);
    capture->launches[capture->count++] = launch;
  } else {
    queue(LAUNCH)->launch = launch;
  }
  return OK;
}

/* ---- Streams, graphs, events --------------------------------------------------------------------- */

int cuStreamCreate(void **result, unsigned flags) {
  IN_CONTEXT;
  if (flags != 1) return INVALID_VALUE; /* not one that waits for the legacy stream */
  driver.streams++;
  *result = &driver.stream;
  return OK;
}
int cuStreamDestroy_v2(void *s) {
  ON_STREAM;
  driver.streams--;
  return drain();
}
int cuStreamSynchronize(void *s) {
  ON_STREAM;
  return capture ? in_capture(__func__) : drain();
}

int cuStreamBeginCapture_v2(void *s, int mode) {
  ON_STREAM;
  if (capture || mode < 0 || mode > 2) return INVALID_VALUE;
  capture = calloc(1, sizeof *capture);
  capture_spoiled = false;
  return OK;
}
int cuStreamEndCapture(void *s, struct graph **result) {
  ON_STREAM;
  if (!capture) return INVALID_VALUE;
  *result = capture;
  capture = NULL;
  driver.graphs++;
  if (!capture_spoiled) return OK;
  driver.graphs--;
  free((*result)->launches);
  free(*result);
  *result = NULL;
  return CAPTURE_INVALIDATED;
}
int cuGraphInstantiateWithFlags(struct graph **result, const struct graph *graph, unsigned long long flags) {
  IN_CONTEXT;
  if (flags) return INVALID_VALUE;
  size_t bytes = graph->count * sizeof *graph->launches;
  *result = calloc(1, sizeof **result);
  (*result)->count = graph->count;
  (*result)->launches = memcpy(malloc(bytes), graph->launches, bytes);
  driver.executables++;
  return OK;
}
static void free_graph(struct graph *graph) {
  free(graph->launches);
  free(graph);
}
int cuGraphDestroy(struct graph *graph) {
  IN_CONTEXT;
  free_graph(graph);
  driver.graphs--;
  return OK;
}
int cuGraphExecDestroy(struct graph *graph) {
  IN_CONTEXT;
  free_graph(graph);
  driver.executables--;
  return OK;
}
int cuGraphLaunch(const struct graph *graph, void *s) {
  ON_STREAM;
  if (capture) return in_capture(__func__);
  for (int i = 0; i < graph->count; i++) queue(LAUNCH)->launch = graph->launches[i];
  return OK;
}

int cuEventCreate(struct event **result, unsigned flags) {
  IN_CONTEXT;
  if (flags != 0 && flags != 2) return INVALID_VALUE;
  *result = calloc(1, sizeof **result);
  (*result)->timed = flags == 0;
  driver.events++;
  return OK;
}
int cuEventRecord(struct event *event, void *s) {
  ON_STREAM;
  event->recorded = true;
  event->done = false;
  queue(RECORD)->event = event;
  return OK;
}
int cuEventSynchronize(struct event *event) {
  IN_CONTEXT;
  if (!event->recorded) return INVALID_HANDLE;
  return event->done ? OK : drain();
}
int cuEventElapsedTime(float *milliseconds, const struct event *from, const struct event *to) {
  IN_CONTEXT;
  if (!from->timed || !to->timed || !from->recorded || !to->recorded) return INVALID_HANDLE;
  if (!from->done || !to->done) return NOT_READY;
  *milliseconds = (to->at.tv_sec - from->at.tv_sec) * 1e3f + (to->at.tv_nsec - from->at.tv_nsec) / 1e6f;
  return OK;
}
int cuEventDestroy_v2(struct event *event) {
  IN_CONTEXT;
  int code = drain();
  free(event);
  driver.events--;
  return code;
}
