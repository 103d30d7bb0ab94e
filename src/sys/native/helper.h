/*
 * A helper is a process that shares our memory, so that making it copies nothing, but is no thread of ours, so that it
 * alone can be killed, and nobody waits for it. It runs with every signal blocked: handlers of ours must not run there.
 */
#ifndef HELPER_H
#define HELPER_H

#include "syscalls.h"

#define CLONE_VM 0x00000100
#define CLONE_FS 0x00000200
#define CLONE_FILES 0x00000400
#define CLONE_SIGHAND 0x00000800
#define CLONE_THREAD 0x00010000
#define CLONE_SYSVSEM 0x00040000
#define CLONE_PARENT_SETTID 0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLOSE_RANGE_UNSHARE 2
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define PR_SET_PDEATHSIG 1
#define SIGKILL 9
#define CLOCK_MONOTONIC 1
#define SIG_SETMASK 2
#define WNOHANG 1
#define WALL 0x40000000
#define NSEC_PER_SEC 1000000000L

static inline i64 read_whole(const u8 *path, u8 *into, i64 most) {
  i64 fd = call(SYS_openat, -100, (i64)path, O_CLOEXEC, 0), length = 0, got;
  if (fd < 0) return fd;
  do {
    got = call(SYS_read, fd, (i64)(into + length), most - length, 0);
    if (got > 0) length += got;
  } while ((got > 0 && length < most) || got == -EINTR);
  call(SYS_close, fd, 0, 0, 0);
  return got < 0 ? got : length;
}

/* A test has others: qemu's user mode has no processes that share memory. */
#ifndef HELPER_FLAGS
#define HELPER_FLAGS (CLONE_VM | CLONE_FILES | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
#endif

/* The child has our registers and nothing on its stack, so what it goes on with lies in registers. */
#ifdef __x86_64__

static inline i64 cloned(i64 flags, void (*entry)(void *), void *argument, u8 *stack_end, volatile i32 *tid) {
  i64 result;
  register i64 r10 __asm__("r10") = (i64)tid;
  register void *start __asm__("r12") = (void *)entry;
  register void *given __asm__("r13") = argument;
  __asm__ volatile(
      "syscall\n"
      "test %%rax, %%rax\n"
      "jnz 1f\n"
      "xor %%ebp, %%ebp\n"
      "mov %%r13, %%rdi\n"
      "call *%%r12\n"
      "1:\n"
      : "=a"(result)
      : "a"(SYS_clone), "D"(flags), "S"(stack_end), "d"(tid), "r"(r10), "r"(start), "r"(given)
      : "rcx", "r11", "memory");
  return result;
}

#else

/* Here the place for thread-local storage comes before the child's tid; and a stack begins at a multiple of 16. */
static inline i64 cloned(i64 flags, void (*entry)(void *), void *argument, u8 *stack_end, volatile i32 *tid) {
  register i64 number __asm__("x8") = SYS_clone;
  register i64 result __asm__("x0") = flags;
  register i64 stack __asm__("x1") = (i64)stack_end & ~15L;
  register i64 parent_tid __asm__("x2") = (i64)tid;
  register i64 tls __asm__("x3") = 0;
  register i64 child_tid __asm__("x4") = (i64)tid;
  register void *start __asm__("x19") = (void *)entry;
  register void *given __asm__("x20") = argument;
  __asm__ volatile(
      "svc #0\n"
      "cbnz x0, 1f\n"
      "mov x29, #0\n"
      "mov x0, x20\n"
      "blr x19\n"
      "1:\n"
      : "+r"(result)
      : "r"(number), "r"(stack), "r"(parent_tid), "r"(tls), "r"(child_tid), "r"(start), "r"(given)
      : "x30", "memory");
  return result;
}

#endif

/*
 * As clone(2), but the child goes on with `entry`, which must not return, on a stack of its own, with every signal blocked.
 * The kernel clears `tid`, and wakes who waits for it, when it has ended.
 */
static inline i64 make(i64 flags, void (*entry)(void *), void *argument, u8 *stack_end, volatile i32 *tid) {
  unsigned long all = ~0UL, before = 0;
  call(SYS_rt_sigprocmask, SIG_SETMASK, (i64)&all, (i64)&before, sizeof all);
  i64 result = cloned(flags, entry, argument, stack_end, tid);
  call(SYS_rt_sigprocmask, SIG_SETMASK, (i64)&before, 0, sizeof before);
  return result;
}

static inline i64 make_helper(void (*entry)(void *), void *argument, u8 *stack_end, volatile i32 *tid) {
  return make(HELPER_FLAGS, entry, argument, stack_end, tid);
}

/* A thread of ours that libc knows nothing of, and which must leave libc alone: it ends with our process, or by itself. */
#define THREAD_FLAGS                                                                                              \
  (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static inline i64 make_thread(void (*entry)(void *), void *argument, u8 *stack_end, volatile i32 *tid) {
  return make(THREAD_FLAGS, entry, argument, stack_end, tid);
}

/* False when it is still what it was at the end of the time. */
static inline int changes_within(volatile i32 *word, i32 from, i64 nsec) {
  i64 limit[2] = {nsec / NSEC_PER_SEC, nsec % NSEC_PER_SEC};
  while (*word == from) {
    i64 waited = call(SYS_futex, (i64)word, FUTEX_WAIT, from, (i64)limit);
    if (waited != 0 && waited != -EINTR && waited != -EAGAIN) return *word != from;
  }
  return 1;
}

/* Most helpers have ended sooner than we would have fallen asleep and been woken. Where no processor is free, it is in vain. */
#define AWAKE_NSEC 100000

static inline i64 now_nsec(void) {
  i64 now[2];
  call(SYS_clock_gettime, CLOCK_MONOTONIC, (i64)now, 0, 0);
  return now[0] * NSEC_PER_SEC + now[1];
}

static inline int ends_within(volatile i32 *helper, i64 nsec) {
  i64 until = now_nsec() + AWAKE_NSEC;
  while (*helper != 0 && now_nsec() < until) continue;
  i32 pid = *helper;
  return pid == 0 || changes_within(helper, pid, nsec);
}

/* It waits for a processor, not for somebody's memory. */
static inline int is_runnable(i32 pid) {
  u8 path[32] = "/proc/", stat[512], digits[12];
  int at = 6, count = 0;
  do digits[count++] = (u8)('0' + pid % 10);
  while ((pid /= 10) > 0);
  while (count > 0) path[at++] = digits[--count];
  const char *rest = "/stat";
  do path[at++] = (u8)*rest;
  while (*rest++ != 0);
  i64 length = read_whole(path, stat, sizeof stat);
  for (i64 i = length - 3; i > 0; i--)
    if (stat[i] == ')') return stat[i + 2] == 'R';
  return 0;
}

#endif
