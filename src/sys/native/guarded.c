/*
 * Reads that may never come back: argv and environ lie in the target's memory, and whoever holds its mmap lock, or serves
 * its pages (userfaultfd, FUSE), decides when such a read ends. They are made by a helper: a process that shares our
 * memory, so that making it copies nothing, but is no thread of ours, so that it alone can be killed when it hangs. The same
 * for what a file system is asked about a file (FUSE, NFS): who owns it, and its extended attributes.
 */
#include "guarded.h"
#include "helper.h"

/* Not stuck but without a processor: as long as that may go on. */
#define STARVED_PATIENCES 40
/* It is looked after several times within the patience, so that it is not waited for twice as long. */
#define SLICES 5

#define STATX_BYTES 256
#define STATX_BASIC_STATS 0x7ff
#define STATX_MNT_ID 0x1000

struct task {
  struct guard *guard;
  struct request *requests;
  const u8 *names;
  u8 *out;
};

static i64 answer(const struct request *request, const u8 *names, u8 *into) {
  const u8 *path = names + request->path_at;
  if (request->wanted == CONTENT) return read_whole(path, into, request->most);
  if (request->wanted != STATUS)
    return call(SYS_getxattr, (i64)path, (i64)(names + request->wanted), (i64)into, request->most);
  if (request->most < STATX_BYTES) return -EMSGSIZE;
  i64 failed = call5(SYS_statx, AT_FDCWD, (i64)path, 0, STATX_BASIC_STATS | STATX_MNT_ID, (i64)into);
  return failed < 0 ? failed : STATX_BYTES;
}

static void help(void *argument) {
  struct task *task = argument;
  struct guard *guard = task->guard;
  call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (call(SYS_getppid, 0, 0, 0, 0) != guard->parent) call(SYS_exit, 0, 0, 0, 0);
  /* A table of its own: what is open when it is killed must not stay open in ours. Old kernels share the table. */
  call(SYS_close_range, 3, ~0U, CLOSE_RANGE_UNSHARE, 0);
  for (i32 i = guard->next; i < guard->count; i++) {
    struct request *request = &task->requests[i];
    guard->next = i;
    if (guard->out_used + request->most > guard->out_room) break;
    request->out_at = guard->out_used;
    i64 result = answer(request, task->names, task->out + request->out_at);
    if (result > 0) guard->out_used += (i32)result;
    request->result = (i32)result;
    guard->next = i + 1;
  }
  for (;;) call(SYS_exit, 0, 0, 0, 0);
}

/* True when it hangs: it has been at the same request for `patience`, asleep. */
static int hangs(struct guard *guard, i64 patience) {
  i32 at = -1, idle = 0, starved = 0;
  while (idle < SLICES && starved < SLICES * STARVED_PATIENCES) {
    i32 helper = guard->helper;
    if (ends_within(&guard->helper, patience / SLICES)) return 0;
    if (guard->next != at) at = guard->next, idle = 0, starved = 0;
    else if (is_runnable(helper)) starved++;
    else idle++;
  }
  return guard->helper != 0;
}

/*
 * Has the requests read from `guard->next` on, while the caller does something else: the pid of the helper, or a negative
 * errno when there is none to be had. What it is given stays where it is until `porthole_guarded_end`.
 */
EXPORT i64 porthole_guarded_begin(struct guard *guard, struct request *requests, const u8 *names, u8 *out, u8 *stack,
                                  i64 stack_size) {
  struct task *task = (struct task *)stack;
  *task = (struct task){guard, requests, names, out};
  guard->parent = (i32)call(SYS_getpid, 0, 0, 0, 0);
  guard->helper = 0;
  return make_helper(help, task, stack + stack_size, &guard->helper);
}

/*
 * Waits until all are read, there is no room for another, or one hangs: that one then has the result TIMED_OUT. Returns 0, or
 * the pid of a helper that did not even end when it was killed (its disk is gone): it may still write into what it was given.
 */
EXPORT i64 porthole_guarded_end(struct guard *guard, struct request *requests, i64 pid, i64 patience) {
  int hung = hangs(guard, patience);
  if (hung) {
    call(SYS_kill, pid, SIGKILL, 0, 0);
    if (!ends_within(&guard->helper, patience)) {
      requests[guard->next].result = TIMED_OUT;
      return pid;
    }
  }
  while (call(SYS_wait4, pid, 0, WALL, 0) == -EINTR) continue;
  if (hung && guard->next < guard->count && requests[guard->next].result == NOT_DONE)
    requests[guard->next].result = TIMED_OUT;
  return 0;
}

/* True when a helper that was left has ended by now; it is reaped then. */
EXPORT i64 porthole_guarded_ended(i64 pid) {
  return call(SYS_wait4, pid, 0, WALL | WNOHANG, 0) != 0;
}
