/*
 * Reads the same small files again, thousands in one call: those kept open at offset 0 (cgroup files make their text anew
 * for each such read), the others opened by their path and closed. What says the same stays where it is, so that a host on
 * which nothing happens costs the system calls and nothing else; which sets of files say something new is told apart.
 */
#include "syscalls.h"

#define CLOCK_MONOTONIC 1
/* What a text may grow without being moved. */
#define SLOT 64

/* Kept in step with repeat-table.ts. */
struct file {
  i32 fd;             /* negative: open `path` */
  i32 path;           /* where its name begins in `paths`, ended by a zero byte */
  i32 at;             /* where its text begins */
  i32 length;         /* bytes, or an errno (-EMSGSIZE when it is longer than `most`), or NEVER */
  i32 room;           /* bytes that are its own from `at` on */
  i32 leader;         /* a row before it: while that one says nothing new, this one may wait; -1 */
  i32 set;            /* which of `news` it belongs to */
  i32 same;           /* out: 1 when it says what it said in the last call */
  double good_for;    /* microseconds: it is read once in each span of so many; 0: each time */
  double read_at;     /* CLOCK_MONOTONIC in microseconds, right after it was read */
  double read_before; /* and the time before */
};

/* Nothing was read before. */
#define NEVER (-4096)

struct state {
  i32 used;       /* bytes of `texts` that are some file's */
  i32 lost;       /* out: how many of those kept open failed */
  double started; /* when the caller looked at the clock */
  double now;     /* when it was looked at last */
};

struct timespec {
  i64 seconds, nanoseconds;
};

static double look_at_clock(void) {
  struct timespec now;
  call(SYS_clock_gettime, CLOCK_MONOTONIC, (i64)&now, 0, 0);
  return (double)now.seconds * 1e6 + (double)now.nanoseconds / 1e3;
}

static i64 read_one(const struct file *file, const u8 *paths, u8 *into, i64 most) {
  i64 length;
  if (file->fd >= 0) {
    do length = call(SYS_pread64, file->fd, (i64)into, most, 0);
    while (length == -EINTR);
    return length == most ? -EMSGSIZE : length;
  }
  i64 fd = call(SYS_openat, AT_FDCWD, (i64)(paths + file->path), O_CLOEXEC, 0);
  if (fd < 0) return fd;
  length = whole(fd, into, most);
  call(SYS_close, fd, 0, 0, 0);
  return length;
}

/* Eight bytes at a time; both have room for whole words. */
static i32 is_same(const u8 *a, const u8 *b, i64 length) {
  i64 at = 0;
  for (; at + 8 <= length; at += 8) {
    unsigned long one, other;
    __builtin_memcpy(&one, a + at, 8);
    __builtin_memcpy(&other, b + at, 8);
    if (one != other) return 0;
  }
  for (; at < length; at++)
    if (a[at] != b[at]) return 0;
  return 1;
}

/*
 * Time is cut into slots of `good_for`, and a file is read in each of them: rows next to each other have theirs at other
 * times, so that not all are due in one call.
 */
static int is_good(const struct file *file, i64 row, double now) {
  if (file->good_for <= 0) return 0;
  double shift = file->good_for * (double)(row & 7) / 8;
  return (i64)((now + shift) / file->good_for) == (i64)((file->read_at + shift) / file->good_for);
}

/*
 * Reads files[from..count) into `texts`, through `scratch`, which holds `most` bytes. Sets news[set] of each set in which a
 * file says something new. Returns the row for which `room` bytes of texts did not suffice, to be called again from there
 * with more; `count` when all are read.
 */
EXPORT i64 porthole_repeat(struct file *files, i64 from, i64 count, const u8 *paths, u8 *texts, i64 room, u8 *scratch,
                           i64 most, u8 *news, struct state *state) {
  if (from == 0) {
    state->lost = 0;
    state->now = look_at_clock();
  }
  for (i64 row = from; row < count; row++) {
    struct file *file = files + row;
    int leads = file->leader < 0;
    if (file->length != NEVER && is_good(file, row, state->started) && (leads || files[file->leader].same)) {
      file->same = 1;
      continue;
    }
    i64 length = read_one(file, paths, scratch, most);
    i32 same = length == file->length && length != -EMSGSIZE && is_same(texts + file->at, scratch, length);
    if (!same && length > file->room) {
      i64 slot = (length + SLOT) & ~(SLOT - 1L);
      if (state->used + slot > room) return row;
      file->at = state->used;
      file->room = (i32)slot;
      state->used += (i32)slot;
    }
    /* Those that are read because another one moved were read right after it. */
    if (leads || file->fd < 0) state->now = look_at_clock();
    file->read_before = file->read_at;
    file->read_at = state->now;
    file->length = (i32)length;
    file->same = same;
    if (same) continue;
    news[file->set] = 1;
    if (length < 0 && file->fd >= 0) state->lost++;
    for (i64 at = 0; at < length; at++) texts[file->at + at] = scratch[at];
  }
  return count;
}
