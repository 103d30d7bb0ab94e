/*
 * Which descriptors of many processes are sockets or namespaces: the directory /proc/PID/fd of each is listed and every
 * link in it read, in one call for many processes. Only what was asked for leaves it, as one record a descriptor.
 */
#include "syscalls.h"

#define EACCES 13

/* Kept in step with descriptor-batch.ts. */
struct descriptor {
  i32 pid;
  i32 fd;   /* -1 for a process that refused */
  i32 kind; /* index in `prefixes`, or an errno of the whole process */
  i32 unused;
  double inode;
};

#define SOCKET 8
#define KINDS 9
/* The order is that of NAMESPACE_TYPES, then sockets. No path begins so: those begin with a slash. */
static const char prefixes[KINDS][8] = {"mnt:[", "pid:[", "net:[", "user:[", "uts:[", "ipc:[", "cgroup:[", "time:[", "socket:["};

static int kind_of(const u8 *link, i64 length, double *inode) {
  for (int kind = 0; kind < KINDS; kind++) {
    i64 at = 0;
    while (at < 8 && prefixes[kind][at] != 0 && at < length && prefixes[kind][at] == (char)link[at]) at++;
    if (at < 8 && prefixes[kind][at] != 0) continue;
    double value = 0;
    for (; at < length && link[at] >= '0' && link[at] <= '9'; at++) value = value * 10 + (link[at] - '0');
    *inode = value;
    return kind;
  }
  return -1;
}

static i64 text_of(i32 number, char *into) {
  char digits[12];
  i64 count = 0, length = 0;
  do digits[count++] = '0' + number % 10;
  while ((number /= 10) > 0);
  while (count > 0) into[length++] = digits[--count];
  return length;
}

static i32 number_in(const char *name) {
  i32 number = 0;
  if (*name < '0' || *name > '9') return -1;
  while (*name >= '0' && *name <= '9') number = number * 10 + (*name++ - '0');
  return number;
}

/* Records of one process from `at` on; where they end, 0 when they do not fit. */
static struct descriptor *of_process(i64 proc, i32 pid, i64 kinds, struct descriptor *at, struct descriptor *end,
                                     u8 *buffer, i64 size) {
  char path[16];
  u8 link[64];
  i64 length = text_of(pid, path);
  path[length++] = '/', path[length++] = 'f', path[length++] = 'd', path[length] = 0;
  i64 directory = call(SYS_openat, proc, (i64)path, O_CLOEXEC, 0);
  i64 failed = directory < 0 ? directory : 0;
  while (failed == 0) {
    i64 listed = call(SYS_getdents64, directory, (i64)buffer, size, 0);
    if (listed < 0) failed = listed;
    if (listed <= 0) break;
    for (i64 next = 0; next < listed; next += ((struct entry *)(buffer + next))->size) {
      const char *name = ((struct entry *)(buffer + next))->name;
      i32 fd = number_in(name);
      if (fd < 0) continue;
      length = call(SYS_readlinkat, directory, (i64)name, (i64)link, sizeof link);
      double inode = 0;
      /* Without ptrace read access the directory of one's own user can be listed, but no link in it read. */
      if (length == -EACCES) {
        failed = length;
        break;
      }
      /* Closed since it was listed: that one is not there any more, and the others are. */
      int kind = length < 0 ? -1 : kind_of(link, length, &inode);
      if (kind < 0 || !(kinds >> kind & 1)) continue;
      if (at == end) {
        call(SYS_close, directory, 0, 0, 0);
        return 0;
      }
      *at++ = (struct descriptor){pid, fd, kind, 0, inode};
    }
  }
  if (directory >= 0) call(SYS_close, directory, 0, 0, 0);
  if (failed == 0) return at;
  if (at == end) return 0;
  *at++ = (struct descriptor){pid, -1, (i32)failed, 0, 0};
  return at;
}

/*
 * Records for pids[from..count), until those of a process do not fit; bit i of `kinds` asks for the i-th kind.
 * Returns the index of the first pid that was not read; the same as `from` when there is room for not even one.
 * `buffer` is room for directory entries.
 */
EXPORT i64 porthole_descriptors(i64 proc, const i32 *pids, i64 from, i64 count, i64 kinds, struct descriptor *out,
                                i64 room, u8 *buffer, i64 size, i64 *used) {
  struct descriptor *at = out, *end = out + room / (i64)sizeof *out;
  for (; from < count; from++) {
    struct descriptor *next = of_process(proc, pids[from], kinds, at, end, buffer, size);
    if (next == 0) break;
    at = next;
  }
  *used = (u8 *)at - (u8 *)out;
  return from;
}
