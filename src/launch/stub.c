/*
 * Runs a program of system calls (program.ts makes it, docs/launcher.md describes it) in a fresh process with one thread.
 * No library, no stack of note, no writable memory but the program's own: the file ends where the program begins, and the
 * loader maps both. What a step's addresses point at was laid out by whoever made the program, at addresses that are fixed.
 */
#include "syscall.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum operation { SYSCALL, JUMP_IF, ADD, REPORT, FAIL, PASS_ON };

/* Flags of a step. */
enum { RETRY_EINTR = 1, STORE_32 = 2, UNLESS = 4 };
/* Flags of PASS_ON: the child has a session of its own, so the terminal's signals reach us alone. */
enum { OWN_SESSION = 1 };
/* What a message on the status descriptor tells. */
enum { FAILED = 1, REPORTED = 2 };

/* EVERY is no errno: in its place any failure is ignored. */
enum { IGNORED_ERRNOS = 6, EVERY = 255, ARGUMENTS = 6 };

struct step {
  u8 operation;
  u8 flags;
  u8 indirect; /* bit n: argument n is where the value is, not the value */
  u8 unused;
  u16 target;                  /* of a jump, and of a failure that is ignored */
  u8 ignored[IGNORED_ERRNOS];  /* 0 where there are fewer */
  u32 number;                  /* of the system call */
  u64 store;                   /* where the result goes; 0 is nowhere */
  u64 arguments[ARGUMENTS];
};

struct program {
  u32 steps;
  int status; /* descriptor */
  struct step step[];
};

/* Right behind the stub; see stub.ld. */
extern const struct program program __attribute__((visibility("hidden")));

enum {
  EINTR = 4, EAGAIN = 11, ECHILD = 10, ENOEXEC = 8,
  SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIGCHLD = 17, SIGSTOP = 19, SIGRTMIN_OF_KERNEL = 32,
  WNOHANG = 1, WUNTRACED = 2, PR_SET_DUMPABLE = 4,
  FAILURE_STATUS = 125,
};

static long call2(long number, u64 a, u64 b) { return call(number, a, b, 0, 0, 0, 0); }
static long call4(long number, u64 a, u64 b, u64 c, u64 d) { return call(number, a, b, c, d, 0, 0); }

static __attribute__((noreturn)) void leave(long status) {
  for (;;) call2(SYS_exit_group, status, 0);
}

static void tell(u32 step, u32 what, u64 value) {
  struct { u32 step, what; u64 value; } message = { step, what, value };
  call4(SYS_write, program.status, (u64)&message, sizeof message, 0);
}

static __attribute__((noreturn)) void fail(u32 step, u64 errno) {
  tell(step, FAILED, errno);
  leave(FAILURE_STATUS);
}

/* Ends as the child did. A real-time signal becomes a status: Node cannot tell such an end from success. */
static __attribute__((noreturn)) void end_like(int status) {
  u64 signal = status & 0x7f;
  if (signal == 0) leave((status >> 8) & 0xff);
  if (signal < SIGRTMIN_OF_KERNEL) {
    u64 mask = 1UL << (signal - 1);
    u64 by_default[4] = { 0, 0, 0, 0 };
    /* One core dump, the child's, is enough. */
    call2(SYS_prctl, PR_SET_DUMPABLE, 0);
    call4(SYS_rt_sigaction, signal, (u64)by_default, 0, sizeof mask);
    call2(SYS_kill, call2(SYS_getpid, 0, 0), signal);
    call4(SYS_rt_sigprocmask, SIG_UNBLOCK, (u64)&mask, 0, sizeof mask);
  }
  /* The first process of a pid namespace is immune to its own signals. */
  leave(128 + signal);
}

/* Waits for everything that is ours, as the first process of a pid namespace must. */
static void reap(u32 step, long child, u64 flags) {
  for (;;) {
    int status = 0;
    long pid = call4(SYS_wait4, -1, (u64)&status, WNOHANG | WUNTRACED, 0);
    if (pid == 0) return;
    if (pid < 0) fail(step, -pid);
    if (pid != child) continue;
    if ((status & 0xff) != 0x7f) end_like(status);
    /* Stopped. Who waits for us is to see it, so that job control works through us. */
    if (!(flags & OWN_SESSION)) call2(SYS_kill, call2(SYS_getpid, 0, 0), SIGSTOP);
  }
}

/*
 * Every signal is blocked since before the child was made, so none is lost. A signal that the kernel sent (si_code above 0)
 * came from the terminal and went to the whole process group, the child too, unless that has a session of its own.
 */
static __attribute__((noreturn)) void pass_on(u32 step, long child, u64 flags) {
  u64 every = ~0UL;
  struct { int signo, errno, code; int rest[29]; } from;
  for (;;) {
    long signal = call4(SYS_rt_sigtimedwait, (u64)&every, (u64)&from, 0, sizeof every);
    if (signal == -EINTR || signal == -EAGAIN) continue;
    if (signal < 0) fail(step, -signal);
    if (signal == SIGCHLD) reap(step, child, flags);
    else if (from.code <= 0 || (flags & OWN_SESSION)) call2(SYS_kill, child, signal);
  }
}

static int is_ignored(const struct step *step, long errno) {
  for (u32 i = 0; i < IGNORED_ERRNOS; i++)
    if (step->ignored[i] == errno || step->ignored[i] == EVERY) return 1;
  return 0;
}

static void store(const struct step *step, u64 value) {
  if (step->store == 0) return;
  if (step->flags & STORE_32) *(u32 *)step->store = (u32)value;
  else *(u64 *)step->store = value;
}

__attribute__((noreturn, used)) void run(void) {
  u32 at = 0;
  while (at < program.steps) {
    const struct step *step = &program.step[at];
    u64 a[ARGUMENTS];
    u32 next = at + 1;
    for (u32 i = 0; i < ARGUMENTS; i++)
      a[i] = step->indirect >> i & 1 ? *(const volatile u64 *)step->arguments[i] : step->arguments[i];
    if (step->operation == SYSCALL) {
      long result;
      do result = call(step->number, a[0], a[1], a[2], a[3], a[4], a[5]);
      while (result == -EINTR && (step->flags & RETRY_EINTR));
      if (result < 0 && result >= -4095) {
        if (!is_ignored(step, -result)) fail(at, -result);
        next = step->target;
      }
      store(step, result);
    } else if (step->operation == JUMP_IF) {
      int is_equal = (a[0] & a[1]) == a[2];
      if (is_equal != ((step->flags & UNLESS) != 0)) next = step->target;
    } else if (step->operation == ADD) store(step, a[0] + a[1]);
    else if (step->operation == REPORT) tell(at, REPORTED, a[0]);
    else if (step->operation == FAIL) fail(at, a[0]);
    else if (step->operation == PASS_ON) pass_on(at, (long)a[0], a[1]);
    at = next;
  }
  fail(at, ENOEXEC);
}
