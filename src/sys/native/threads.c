/*
 * Threads whose namespaces are not those of their process: the task directory of each process is listed and ten links of
 * each thread read, in one call for many processes. Threads that agree with the first one, nearly all, leave no record.
 */
#include "syscalls.h"

#define O_PATH 010000000
#define LINKS 10

/* Kept in step with thread-batch.ts. */
struct thread {
  i32 pid, tid;
  i32 results[LINKS]; /* 0, or an errno */
  double inodes[LINKS];
};

/* The order is that of NAMESPACE_TYPES, then those for children. */
static const char names[LINKS][20] = {"mnt",  "pid",    "net",  "user",             "uts",
                                      "ipc",  "cgroup", "time", "pid_for_children", "time_for_children"};

static i64 text_of(i32 number, char *into) {
  char digits[12];
  i64 count = 0, length = 0;
  do digits[count++] = '0' + number % 10;
  while ((number /= 10) > 0);
  while (count > 0) into[length++] = digits[--count];
  return length;
}

static i64 suffixed(i32 number, const char *suffix, char *into) {
  i64 length = text_of(number, into);
  do into[length++] = *suffix;
  while (*suffix++ != 0);
  return length;
}

/* What follows the bracket of `mnt:[4026531832]`. */
static double inode(const u8 *text, i64 length) {
  double value = 0;
  i64 at = 0;
  while (at < length && text[at] != '[') at++;
  for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++) value = value * 10 + (text[at] - '0');
  return value;
}

static void look(i64 tasks, i32 pid, i32 tid, struct thread *thread) {
  char path[24];
  u8 link[64];
  thread->pid = pid, thread->tid = tid;
  suffixed(tid, "/ns", path);
  i64 directory = call(SYS_openat, tasks, (i64)path, O_PATH | O_CLOEXEC, 0);
  for (int at = 0; at < LINKS; at++) {
    i64 length = directory < 0 ? directory : call(SYS_readlinkat, directory, (i64)names[at], (i64)link, sizeof link);
    thread->inodes[at] = length < 0 ? 0 : inode(link, length);
    thread->results[at] = length < 0 ? (i32)length : 0;
  }
  if (directory >= 0) call(SYS_close, directory, 0, 0, 0);
}

static int differ(const struct thread *a, const struct thread *b) {
  for (int at = 0; at < LINKS; at++)
    if (a->inodes[at] != b->inodes[at] || a->results[at] != b->results[at]) return 1;
  return 0;
}

/* Records of one process from `at` on; where they end, 0 when they do not fit. */
static struct thread *of_process(i64 proc, i32 pid, struct thread *at, struct thread *end, u8 *buffer, i64 size) {
  char path[24];
  struct thread leader;
  suffixed(pid, "/task", path);
  i64 tasks = call(SYS_openat, proc, (i64)path, O_CLOEXEC, 0);
  if (tasks < 0) return at;
  look(tasks, pid, pid, &leader);
  for (;;) {
    i64 listed = call(SYS_getdents64, tasks, (i64)buffer, size, 0);
    if (listed <= 0) break;
    for (i64 next = 0; next < listed; next += ((struct entry *)(buffer + next))->size) {
      const char *name = ((struct entry *)(buffer + next))->name;
      i32 tid = 0;
      while (*name >= '0' && *name <= '9') tid = tid * 10 + (*name++ - '0');
      if (tid == 0 || tid == pid) continue;
      if (at == end) {
        call(SYS_close, tasks, 0, 0, 0);
        return 0;
      }
      look(tasks, pid, tid, at);
      if (differ(at, &leader)) at++;
    }
  }
  call(SYS_close, tasks, 0, 0, 0);
  return at;
}

/*
 * Records for pids[from..count), until those of a process do not fit. Returns the index of the first pid that was not
 * read; the same as `from` when there is room for not even one. `buffer` is room for directory entries.
 */
EXPORT i64 porthole_threads(i64 proc, const i32 *pids, i64 from, i64 count, struct thread *out, i64 room, u8 *buffer,
                            i64 size, i64 *used) {
  struct thread *at = out, *end = out + room / (i64)sizeof *out;
  for (; from < count; from++) {
    struct thread *next = of_process(proc, pids[from], at, end, buffer, size);
    if (next == 0) break;
    at = next;
  }
  *used = (u8 *)at - (u8 *)out;
  return from;
}
