/* What the driver's calls have in common. */
#ifndef DRIVER_H
#define DRIVER_H
#include "card.h"
#include <pthread.h>

struct driver {
  pthread_mutex_t lock;
  bool initialized;
  int references; /* to the primary context */
  int failed;     /* what the context died of */
  char context, stream;
  /* What is not given back yet, besides memory. */
  int modules, streams, events, graphs, executables;
  u64 allocated;
};
extern struct driver driver;
extern _Thread_local void *current_context;

/* Does what is queued; after a failure nothing is done any more. 0, or what the context died of. */
int drain(void);

static inline void end_turn(int *unused) {
  (void) unused;
  pthread_mutex_unlock(&driver.lock);
}

/* Calls take turns. One that needs a context finds it current in its thread, and alive. */
#define TURN                                                                                       \
  pthread_mutex_lock(&driver.lock);                                                                \
  __attribute__((cleanup(end_turn), unused)) int turn = 0;                                         \
  if (!driver.initialized) return NOT_INITIALIZED
#define IN_CONTEXT                                                                                 \
  TURN;                                                                                            \
  if (current_context != &driver.context || driver.references == 0) {                              \
    report("%s: no context is current in this thread", __func__);                                  \
    return INVALID_CONTEXT;                                                                        \
  }                                                                                                \
  if (driver.failed) return driver.failed
#define ON_STREAM                                                                                  \
  IN_CONTEXT;                                                                                      \
  if (s != &driver.stream || driver.streams == 0) return INVALID_HANDLE
#endif
