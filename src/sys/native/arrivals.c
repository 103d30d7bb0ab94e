/*
 * The watch of arrivals: a thread without JavaScript that waits for the kernel's process connector, looks at whoever comes
 * (arrivals-looks.c), and keeps what it saw until it is drained. Its memory is its own, because its owner may end without a word.
 */
#include "arrivals.h"
#include "helper.h"

#define PROT_READ_WRITE 3
/* Private, of no file, and counted only as it is used. */
#define MAP_FLAGS 0x4022
#define MADV_DONTNEED 4
#define EFD_FLAGS 02004000
#define O_PATH 010000000
#define POLLIN 1
#define ESRCH 3
#define ENAMETOOLONG 36
#define ETIMEDOUT 110
#define PR_SET_NAME 15
#define CLOCK_THREAD_CPUTIME_ID 3
#define NSEC_PER_MS 1000000L

/* A quarter of a processor. What comes meanwhile waits in the socket. */
#define WINDOW_NSEC (2000 * NSEC_PER_MS)
#define BUSY_NSEC (500 * NSEC_PER_MS)
/* How soon it notices that its owner has ended without a word. */
#define OWNER_NSEC (1000 * NSEC_PER_MS)
#define STOP_NSEC (1000 * NSEC_PER_MS)
/* How long its owner waits for it to come to the end of a batch, unless all processors are busy. */
#define PASS_NSEC (50 * NSEC_PER_MS)
#define FOR_EVER (3600 * NSEC_PER_SEC)
/* As guarded-read.ts: what argv is worth waiting for, and when one has hung lately. */
#define ARGV_NSEC (50 * NSEC_PER_MS)
#define LITTLE_NSEC (10 * NSEC_PER_MS)
#define HUNG_NSEC (2000 * NSEC_PER_MS)
/* Memory that a storm has used and nobody needs after it. */
#define KEPT_BYTES (256L << 10)

static int taken(volatile i32 *lock, i32 from, i32 to) {
  return __atomic_compare_exchange_n(lock, &from, to, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static int lock(volatile i32 *lock, i64 nsec) {
  if (taken(lock, 0, 1)) return 1;
  while (!taken(lock, 0, 2)) {
    taken(lock, 1, 2);
    if (!changes_within(lock, 2, nsec)) return 0;
  }
  return 1;
}

static void wake(volatile i32 *word) { call(SYS_futex, (i64)word, FUTEX_WAKE, 1, 0); }

/* True when somebody waits for it. */
static int unlock(volatile i32 *lock) {
  if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) != 2) return 0;
  wake(lock);
  return 1;
}

static void ring(const struct watch *watch) {
  i64 one = 1;
  call(SYS_write, watch->wake, (i64)&one, sizeof one, 0);
}

/* Argv lies in the process's own memory: who reads it may wait for ever, and does so in a helper. */
static void read_argv(struct watch *watch) {
  i32 pids[MOST_AT_ONCE], count = 0;
  if (watch->left != 0 && porthole_guarded_ended(watch->left)) watch->left = 0;
  lock(&watch->lock, FOR_EVER);
  while (watch->wanted_count > 0 && count < MOST_AT_ONCE) {
    i32 pid = watch->wanted[--watch->wanted_count];
    /* Not of those that have ended. */
    if (slot_of(watch, pid) != 0) pids[count++] = pid;
  }
  unlock(&watch->lock);
  if (count == 0 || watch->left != 0) return;
  for (i32 i = 0; i < count; i++) {
    u8 *path = watch->paths + i * PATH_BYTES;
    const u8 *root = watch->root;
    const char *rest = "/cmdline";
    watch->requests[i] = (struct request){(i32)(path - watch->paths), CONTENT, ARGV_BYTES, 0, NOT_DONE};
    while (*root != 0) *path++ = *root++;
    *path++ = '/';
    path += decimal(pids[i], (char *)path);
    do *path++ = (u8)*rest;
    while (*rest++ != 0);
  }
  watch->guard.count = count;
  watch->guard.out_room = sizeof watch->argv;
  watch->guard.out_used = 0;
  for (i32 next = 0; next < count && watch->left == 0;) {
    int hung_lately = watch->hung_at != 0 && now_nsec() - watch->hung_at < HUNG_NSEC;
    watch->guard.next = next;
    i64 helper = porthole_guarded_begin(&watch->guard, watch->requests, watch->paths, watch->argv, watch->helper_stack,
                                        sizeof watch->helper_stack);
    if (helper < 0) break;
    watch->left = (i32)porthole_guarded_end(&watch->guard, watch->requests, helper, hung_lately ? LITTLE_NSEC : ARGV_NSEC);
    i32 reached = watch->guard.next;
    if (reached < count && watch->requests[reached].result == TIMED_OUT) watch->hung_at = now_nsec(), reached++;
    /* Somebody killed the helper. */
    if (reached == next) break;
    next = reached;
  }
  lock(&watch->lock, FOR_EVER);
  for (i32 i = 0; i < count; i++) {
    const struct request *request = &watch->requests[i];
    if (request->result != NOT_DONE) note(watch, pids[i], ARGV, request->result, watch->argv + request->out_at);
  }
  unlock(&watch->lock);
}

static int is_orphan(const struct watch *watch) {
  return call(SYS_tgkill, watch->process, watch->owner, 0, 0) == -ESRCH;
}

static i64 used_nsec(void) {
  i64 used[2];
  call(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, (i64)used, 0, 0);
  return used[0] * NSEC_PER_SEC + used[1];
}

/* Of events that wait: the owner, if it waits for the lock, comes first. */
static void receive(struct watch *watch) {
  i32 drains = watch->drains;
  lock(&watch->lock, FOR_EVER);
  take_batch(watch);
  if (unlock(&watch->lock)) changes_within(&watch->drains, drains, NSEC_PER_MS);
}

static void attend(void *argument) {
  struct watch *watch = argument;
  i64 window = now_nsec(), heard = window, used_before = 0, rung;
  call(SYS_prctl, PR_SET_NAME, (i64) "arrivals", 0, 0);
  /*
   * Ahead of others, because what executes may end before it is our turn; within a budget, because others can make events at
   * will. Without CAP_SYS_NICE we are as slow as everybody else.
   */
  call(SYS_setpriority, 0, 0, -20, 0);
  for (;;) {
    i64 now = now_nsec(), used = used_nsec();
    if (now - window >= WINDOW_NSEC) window = now, used_before = used;
    int rests = used - used_before >= BUSY_NSEC;
    if (now - heard >= OWNER_NSEC) {
      heard = now;
      if (is_orphan(watch)) {
        call(SYS_close, watch->socket, 0, 0, 0);
        call(SYS_close, watch->wake, 0, 0, 0);
        call(SYS_close, watch->proc, 0, 0, 0);
        break;
      }
    }
    /* Nobody waits for argv: as long as there are events, those come first. */
    i64 patience = rests ? window + WINDOW_NSEC - now : watch->wanted_count > 0 ? 0 : OWNER_NSEC;
    i64 limit[2] = {patience / NSEC_PER_SEC, patience % NSEC_PER_SEC};
    struct {
      i32 fd;
      short events, revents;
    } polled[2] = {{watch->wake, POLLIN, 0}, {watch->socket, POLLIN, 0}};
    call(SYS_ppoll, (i64)polled, rests || watch->is_full ? 1 : 2, (i64)limit, 0);
    if (watch->quits) break;
    if (polled[0].revents != 0) call(SYS_read, watch->wake, (i64)&rung, sizeof rung, 0);
    if (polled[1].revents != 0) receive(watch);
    else if (!rests && watch->wanted_count > 0) read_argv(watch);
  }
  for (;;) call(SYS_exit, 0, 0, 0, 0);
}

/* Up to `most` bytes that end with `zeros` zero bytes; false when there are more. */
static int copy(u8 *into, const u8 *text, i64 most, i64 zeros) {
  i64 ending = 0;
  for (i64 at = 0; at < most && ending < zeros; at++) {
    into[at] = text[at];
    ending = text[at] == 0 ? ending + 1 : 0;
  }
  return ending == zeros;
}

static i64 begin(struct watch *watch) {
  watch->process = (i32)call(SYS_getpid, 0, 0, 0, 0);
  watch->owner = (i32)call(SYS_gettid, 0, 0, 0, 0);
  watch->proc = (i32)call(SYS_openat, AT_FDCWD, (i64)watch->root, O_PATH | O_CLOEXEC, 0);
  if (watch->proc < 0) return watch->proc;
  watch->wake = (i32)call(SYS_eventfd2, 0, EFD_FLAGS, 0, 0);
  i64 made = watch->wake;
  if (made >= 0) {
    made = make_thread(attend, watch, watch->stack + sizeof watch->stack, &watch->thread);
    if (made < 0) call(SYS_close, watch->wake, 0, 0, 0);
  }
  if (made < 0) call(SYS_close, watch->proc, 0, 0, 0);
  return made;
}

/*
 * Begins at once. `socket` is subscribed to the process connector, `root` is where proc is mounted, `own` the inodes of our
 * namespaces in the order of NAMESPACE_TYPES, `helpers` as in struct watch. Returns the watch, or a negative errno.
 */
EXPORT i64 porthole_arrivals_start(i64 socket, const u8 *root, const double *own, const u8 *helpers) {
  i64 mapped = call6(SYS_mmap, 0, sizeof(struct watch), PROT_READ_WRITE, MAP_FLAGS, -1, 0);
  if (mapped < 0) return mapped;
  struct watch *watch = (struct watch *)mapped;
  watch->socket = (i32)socket;
  for (int type = 0; type < 8; type++) watch->own[type] = own[type];
  i64 begun = -ENAMETOOLONG;
  if (copy(watch->root, root, ROOT_BYTES, 1) && copy(watch->helpers, helpers, HELPERS_BYTES, 2)) begun = begin(watch);
  if (begun >= 0) return mapped;
  call(SYS_munmap, mapped, sizeof(struct watch), 0, 0);
  return begun;
}

/*
 * What was noted since the last time, and what had been told by now, as far as that can be heard within `patience`: `behind`
 * says whether there is more. Returns how many bytes there are: more than `room` when they do not fit, and then they stay; or
 * -ETIMEDOUT.
 */
EXPORT i64 porthole_arrivals_drain(struct watch *watch, i64 *out, i64 room, i64 patience, i32 *behind) {
  i64 until = now_nsec() + patience;
  if (!lock(&watch->lock, PASS_NSEC)) return -ETIMEDOUT;
  while ((*behind = take_batch(watch) > 0) && now_nsec() < until) continue;
  i64 used = watch->used;
  if (used <= room) {
    const i64 *from = (const i64 *)watch->notes;
    for (i64 at = 0; at < used / 8; at++) out[at] = from[at];
    if (used > KEPT_BYTES) call(SYS_madvise, (i64)watch->notes, ROOM, MADV_DONTNEED, 0);
    watch->used = watch->places.count = 0;
  }
  /* It listens again, or reads the argv of those that came just now. */
  int is_called = watch->wanted_count > 0 || (watch->is_full && used <= room);
  if (used <= room) watch->is_full = 0;
  if (is_called) ring(watch);
  watch->drains++;
  unlock(&watch->lock);
  wake(&watch->drains);
  return used;
}

/* True when the thread has ended, and with it the watch. The socket is the caller's. */
EXPORT i64 porthole_arrivals_stop(struct watch *watch) {
  i32 thread = watch->thread;
  i64 until = now_nsec() + STOP_NSEC;
  watch->quits = 1;
  ring(watch);
  if (thread != 0 && !changes_within(&watch->thread, thread, STOP_NSEC)) return 0;
  /* It has left its memory; a moment later nothing lists it any more. */
  while (thread != 0 && call(SYS_tgkill, watch->process, thread, 0, 0) == 0 && now_nsec() < until)
    call(SYS_sched_yield, 0, 0, 0, 0);
  call(SYS_close, watch->wake, 0, 0, 0);
  call(SYS_close, watch->proc, 0, 0, 0);
  if (watch->left == 0) call(SYS_munmap, (i64)watch, sizeof(struct watch), 0, 0);
  return 1;
}
