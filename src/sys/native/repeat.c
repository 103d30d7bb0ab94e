/*
 * Reads the same small files again, thousands in one call: those kept open at offset 0 (cgroup files make their text anew
 * for each such read), the others opened by their path and closed.
 */
#include "syscalls.h"

enum { SYS_pread64 = 17, SYS_clock_gettime = 228 };
#define AT_FDCWD (-100)
#define CLOCK_MONOTONIC 1
#define EMSGSIZE 90

/* Kept in step with repeat-table.ts. */
struct file {
  i32 fd;         /* negative: open `path` */
  i32 path;       /* where its name begins in `paths`, ended by a zero byte */
  i32 at;         /* where its text begins: in the last call's `before`, then in `out` */
  i32 length;     /* bytes, or an errno (-EMSGSIZE when it is longer than `most`): of the last call, then of this one */
  i32 same;       /* out: 1 when it says what it said in the last call */
  i32 skip;       /* 1: do not read it this time; N + 2: only if row N, before it, says something new */
  double read_at; /* out: CLOCK_MONOTONIC in microseconds, right after it was read */
};

struct timespec {
  i64 seconds, nanoseconds;
};

/* Files of one record come in one piece; the rest ends with an empty read. */
static i64 whole(i64 fd, u8 *into, i64 most) {
  i64 length = 0;
  for (;;) {
    i64 got = call(SYS_read, fd, (i64)(into + length), most - length, 0);
    if (got == -EINTR) continue;
    if (got <= 0) return got < 0 ? got : length;
    length += got;
    if (length == most) return -EMSGSIZE;
  }
}

static i32 is_same(const u8 *a, const u8 *b, i64 length) {
  for (i64 at = 0; at < length; at++)
    if (a[at] != b[at]) return 0;
  return 1;
}

/* Returns how many files were read before `room` could not hold another of `most` bytes. */
EXPORT i64 porthole_repeat(struct file *files, i64 count, const u8 *paths, const u8 *before, u8 *out, i64 room, i64 most) {
  i64 used = 0, from = 0;
  for (; from < count && room - used >= most; from++) {
    struct file *file = files + from;
    i64 length;
    if (file->skip == 1 || (file->skip > 1 && files[file->skip - 2].same)) {
      for (i64 at = 0; at < file->length; at++) out[used + at] = before[file->at + at];
      file->at = (i32)used;
      file->same = 1;
      if (file->length > 0) used += file->length;
      continue;
    }
    if (file->fd >= 0) {
      do length = call(SYS_pread64, file->fd, (i64)(out + used), most, 0);
      while (length == -EINTR);
      if (length == most) length = -EMSGSIZE;
    } else {
      length = call(SYS_openat, AT_FDCWD, (i64)(paths + file->path), O_CLOEXEC, 0);
      if (length >= 0) {
        i64 fd = length;
        length = whole(fd, out + used, most);
        call(SYS_close, fd, 0, 0, 0);
      }
    }
    struct timespec now;
    call(SYS_clock_gettime, CLOCK_MONOTONIC, (i64)&now, 0, 0);
    file->read_at = (double)now.seconds * 1e6 + (double)now.nanoseconds / 1e3;
    file->same = length == file->length && length != -EMSGSIZE && is_same(before + file->at, out + used, length);
    file->at = (i32)used;
    file->length = (i32)length;
    if (length > 0) used += length;
  }
  return from;
}
