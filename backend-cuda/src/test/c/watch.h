/* Every four bytes of the card's memory are watched, so that what a card forgives, or answers with
   rubbish only now and then, is found every time: memory that was never written, and accesses of
   which nothing says in which order they happen. */
#ifndef WATCH_H
#define WATCH_H
#include "ptx.h"

/* Time is counted in intervals: a new one begins with every launch, every group and every barrier of
   a group. Within one, threads of a group are in no order; groups of a launch never are. */
extern u32 now, group_began, launch_began;

/* Who touched four bytes last, and when; 0 is never. */
struct word { u32 written, read; uint16_t writer, reader; };

/* In place of a reader's number: several of this interval; one of another group, in this launch. */
enum { SEVERAL = 0xffff, ANOTHER_GROUP = 0xfffe };

/* A moment, and since when accesses matter. Shared memory is a group's own: what others did in it
   before is as if it had never been. */
struct moment { u32 now, group_began, began, written_at_least; };

static inline struct moment moment(bool shared) {
  return (struct moment) { now, group_began, shared ? group_began : launch_began, shared ? group_began : 1 };
}

/* Whether a write that another thread can have made is ordered before what happens now. */
static inline const char *write_before(const struct word *w, int thread, struct moment m) {
  if (w->written < m.began) return NULL;
  if (w->written < m.group_began) return "was written by another group of this launch";
  return w->written == m.now && w->writer != thread ? "was written by another thread since the last barrier" : NULL;
}

/* What is wrong with reading a word, or NULL; takes note of it. */
static inline const char *watch_read(struct word *w, int thread, struct moment m) {
  if (w->written < m.written_at_least) return "was never written";
  const char *wrong = write_before(w, thread, m);
  if (wrong) return wrong;
  if (w->read == m.now) {
    if (w->reader != thread && w->reader != ANOTHER_GROUP) w->reader = SEVERAL;
    return NULL;
  }
  bool another = w->read >= m.began && (w->read < m.group_began || w->reader == ANOTHER_GROUP);
  w->reader = (uint16_t) (another ? ANOTHER_GROUP : thread);
  w->read = m.now;
  return NULL;
}

/* What is wrong with writing a word, or NULL; takes note of it. */
static inline const char *watch_write(struct word *w, int thread, struct moment m) {
  const char *wrong = write_before(w, thread, m);
  if (wrong) return wrong;
  if (w->read >= m.began) {
    if (w->read < m.group_began || w->reader == ANOTHER_GROUP) return "was read by another group of this launch";
    if (w->read == m.now && w->reader != thread) return "was read by another thread since the last barrier";
  }
  w->written = m.now;
  w->writer = (uint16_t) thread;
  return NULL;
}
#endif
