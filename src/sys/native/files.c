/*
 * A handful of small files and links in one call: what /proc says of one process, say. What does not fit is read by the caller.
 */
#include "syscalls.h"

/* Kept in step with file-batch.ts. */
struct asked {
  i32 path; /* where its name begins in `paths`, ended by a zero byte */
  i32 is_link;
  i32 at;     /* out: where its text begins */
  i32 length; /* out: bytes, or an errno (-EMSGSIZE when there was no room) */
};

static i64 file(const u8 *path, u8 *into, i64 most) {
  i64 fd = call(SYS_openat, AT_FDCWD, (i64)path, O_CLOEXEC, 0);
  if (fd < 0) return fd;
  i64 length = whole(fd, into, most);
  call(SYS_close, fd, 0, 0, 0);
  return length;
}

static i64 link(const u8 *path, u8 *into, i64 most) {
  i64 length = call(SYS_readlinkat, AT_FDCWD, (i64)path, (i64)into, most);
  return length == most ? -EMSGSIZE : length;
}

EXPORT void porthole_files(struct asked *asked, i64 count, const u8 *paths, u8 *out, i64 room) {
  i64 at = 0;
  for (i64 i = 0; i < count; i++) {
    const u8 *path = paths + asked[i].path;
    i64 length = at == room ? -EMSGSIZE : (asked[i].is_link ? link : file)(path, out + at, room - at);
    asked[i].at = (i32)at;
    asked[i].length = (i32)length;
    if (length > 0) at += length;
  }
}
