/* That the thread of the watch of arrivals (src/sys/native/arrivals.c) starts, looks, is drained and ends. Exits with 7. */
#include "../../src/sys/native/arrivals.h"

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tb begin\n");

i64 porthole_arrivals_start(i64 socket, const u8 *root, const double *own, const u8 *helpers);
i64 porthole_arrivals_drain(struct watch *watch, i64 *out, i64 room, i64 patience, i32 *behind);
i64 porthole_arrivals_stop(struct watch *watch);

static i64 out[8192];

static int works(void) {
  i32 sockets[2], behind = 1, pid = (i32)call(SYS_getpid, 0, 0, 0, 0);
  /* struct nlmsghdr, struct cn_msg, struct proc_event: it has executed something. */
  i32 event[19] = {76, 3, 0, 0, 1, 1, 0, 0, 40, 2, 0, 0, 0, pid, pid};
  double own[8] = {0};
  /* AF_UNIX, SOCK_SEQPACKET */
  if (call(SYS_socketpair, 1, 5, 0, (i64)sockets) < 0) return 1;
  i64 started = porthole_arrivals_start(sockets[0], (const u8 *)"/proc", own, (const u8 *)"runc\0*conmon\0\0");
  if (started < 0) return 2;
  struct watch *watch = (struct watch *)started;
  call(SYS_write, sockets[1], (i64)event, sizeof event, 0);
  /* Not by us, when it is drained. */
  while (*(volatile i32 *)&watch->batch == 0) call(SYS_sched_yield, 0, 0, 0, 0);
  i64 used = porthole_arrivals_drain(watch, out, sizeof out, 5000000000L, &behind);
  const struct record *record = (const struct record *)out;
  const struct note *last = (const struct note *)((u8 *)out + used) - 1;
  if (used <= 0 || behind || record->pid != pid || record->last != 24 || record->executed != 1) return 3;
  if (last->kind != EXECUTED || last->pid != pid) return 4;
  return porthole_arrivals_stop(watch) == 1 ? 7 : 5;
}

__attribute__((used)) void begin(void) {
  for (;;) call(SYS_exit, works(), 0, 0, 0);
}
