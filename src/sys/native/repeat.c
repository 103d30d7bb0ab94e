/*
 * Reads the same small files again, thousands in one call: those kept open at offset 0 (cgroup files make their text anew
 * for each such read), the others opened by their path and closed. What says the same stays where it is, so that a host on
 * which nothing happens costs the system calls and nothing else; which sets of files say something new is told apart.
 */
#include "syscalls.h"

#define CLOCK_MONOTONIC 1
/* What a text may grow without being moved. */
#define SLOT 64

/* Of a row: read it in the next call whatever it may. */
#define IS_DUE 1
/* What counts in it are the sums of stalls, `total=`: the averages beside them sink by themselves. */
#define IS_STALLS 2

/* Kept in step with repeat-table.ts. Rows that a row names come before it; -1 for none. */
struct file {
  i32 fd;        /* negative: open `path` */
  i32 path;      /* where its name begins in `paths`, ended by a zero byte */
  i32 at;        /* where its text begins */
  i32 length;    /* bytes, or an errno (-EMSGSIZE when it is longer than `most`), or NEVER */
  i32 room;      /* bytes that are its own from `at` on */
  i32 set;       /* which of `news` it belongs to */
  i32 flags;
  i32 leader;    /* while this one and */
  i32 other;     /* this one say nothing new, it may wait */
  i32 good_for;  /* for so long: it is read once in each span of so many milliseconds; 0: each time */
  i32 above;     /* counts what this one counts, and more: while that does not move, neither does this one */
  i32 above_for; /* which is relied on for so many milliseconds; 0: for ever */
  i32 lag;       /* what `above` counts shows here so many milliseconds later */
  i32 unused;
  double read_at;     /* CLOCK_MONOTONIC in microseconds */
  double read_before; /* and the time before */
  double since;       /* when it was first seen to say what it says */
};

/* Nothing was read before. */
#define NEVER (-4096)

struct state {
  i32 used;       /* bytes of `texts` that are some file's */
  i32 lost;       /* out: how many of those kept open failed */
  i32 anew;       /* all are read, whatever they may */
  i32 unlooked;   /* how many were read since the clock was looked at */
  double started; /* when the caller looked at the clock */
  double now;     /* when it was looked at last */
};

/* To look at the clock is a system call where the kernel lends none. So many short reads take less than a tenth of a millisecond. */
#define READS_PER_LOOK 16

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

/* Where the digits of the next sum begin; `length` when there is none. */
static i64 next_sum(const u8 *text, i64 at, i64 length) {
  for (; at + 6 < length; at++)
    if (text[at] == 't' && text[at + 1] == 'o' && text[at + 2] == 't' && text[at + 3] == 'a' && text[at + 4] == 'l' &&
        text[at + 5] == '=')
      return at + 6;
  return length;
}

static i32 has_same_sums(const u8 *a, i64 length_a, const u8 *b, i64 length_b) {
  i64 at_a = 0, at_b = 0;
  for (i32 sums = 0;; sums++) {
    at_a = next_sum(a, at_a, length_a), at_b = next_sum(b, at_b, length_b);
    if (at_a == length_a || at_b == length_b) return sums > 0 && at_a == length_a && at_b == length_b;
    while (at_a < length_a && at_b < length_b && a[at_a] == b[at_b] && a[at_a] != '\n') at_a++, at_b++;
    if (at_a < length_a && a[at_a] != '\n') return 0;
    if (at_b < length_b && b[at_b] != '\n') return 0;
  }
}

static i32 says_same(const struct file *file, const u8 *said, const u8 *now, i64 length) {
  if ((file->flags & IS_STALLS) && file->length >= 0 && length >= 0) return has_same_sums(said, file->length, now, length);
  return length == file->length && length != -EMSGSIZE && is_same(said, now, length);
}

/*
 * Time is cut into slots of `good_for`, and a file is read in each of them: rows next to each other have theirs at other
 * times, so that not all are due in one call.
 */
static int is_in_slot(const struct file *file, i64 row, i32 good_for, double now) {
  double slot = (double)good_for * 1e3, shift = slot * (double)(row & 7) / 8;
  return (i64)((now + shift) / slot) == (i64)((file->read_at + shift) / slot);
}

/* Was it seen to say what it says before the other one was read last? */
static int is_unmoved(const struct file *files, i32 row, double read_at) { return row < 0 || files[row].since <= read_at; }

/* The counters of a cgroup are part of those of the cgroups around it. */
static int is_still_above(const struct file *files, i64 row, double now) {
  const struct file *file = files + row;
  if (file->fd < 0 || file->above < 0 || files[file->above].length < 0) return 0;
  return is_unmoved(files, file->above, file->read_at - (double)file->lag * 1e3) &&
         (file->above_for == 0 || is_in_slot(file, row, file->above_for, now));
}

/* With the one above: unless what that one counts shows here later. */
static void as_if_read(struct file *file, const struct file *above) {
  if (file->lag > 0 || file->read_at >= above->read_at) return;
  file->read_before = file->read_at;
  file->read_at = above->read_at;
}

static int may_wait(const struct file *files, i64 row, double now) {
  const struct file *file = files + row;
  return file->good_for > 0 && is_unmoved(files, file->leader, file->read_at) &&
         is_unmoved(files, file->other, file->read_at) && is_in_slot(file, row, file->good_for, now);
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
    state->unlooked = READS_PER_LOOK;
  }
  for (i64 row = from; row < count; row++) {
    struct file *file = files + row;
    if (file->length != NEVER && !(file->flags & IS_DUE) && !state->anew) {
      if (is_still_above(files, row, state->started)) {
        as_if_read(file, files + file->above);
        continue;
      }
      if (may_wait(files, row, state->started)) continue;
    }
    i64 length = read_one(file, paths, scratch, most);
    i32 same = says_same(file, texts + file->at, scratch, length);
    if (!same && length > file->room) {
      i64 slot = (length + SLOT) & ~(SLOT - 1L);
      if (state->used + slot > room) return row;
      file->at = state->used;
      file->room = (i32)slot;
      state->used += (i32)slot;
    }
    /* A counter that moved is timed by itself. What is read because another one moved was read right after it. */
    if ((!same && file->leader < 0) || ++state->unlooked >= READS_PER_LOOK) {
      state->now = look_at_clock();
      state->unlooked = 0;
    }
    file->flags &= ~IS_DUE;
    file->read_before = file->read_at;
    file->read_at = state->now;
    if (same) continue;
    file->since = state->now;
    file->length = (i32)length;
    news[file->set] = 1;
    if (length < 0 && file->fd >= 0) state->lost++;
    for (i64 at = 0; at < length; at++) texts[file->at + at] = scratch[at];
  }
  return count;
}
