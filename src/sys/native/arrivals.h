/* The watch of arrivals: what its thread (arrivals.c) and its looks (arrivals-looks.c) share. */
#include "guarded.h"
#include "scan.h"

/* Of what has been noted and not been drained. What the largest look may take must fit many times. */
#define ROOM (4L << 20)
#define SLOTS 4096
#define EVENTS 128
#define ARGV_BYTES 4097
#define MOST_WANTED 1024
#define MOST_AT_ONCE 16
#define ROOT_BYTES 256
#define PATH_BYTES (ROOT_BYTES + 32)
#define HELPERS_BYTES 1024

/*
 * Beside the records of processes there are these, told apart by `kind`, where those have 0 or an errno. Kept in step with
 * src/sys/arrivals-thread.ts.
 */
enum { EXECUTED = 1, ENDED, ARGV, INNER_PIDS, LOST };
struct note {
  i32 size; /* a multiple of 8 */
  i32 pid;
  i32 kind;
  i32 value;    /* ENDED: the status; ARGV, INNER_PIDS: length of the text that follows, or an errno */
  double at_ms; /* wall clock */
};

enum { FORK, EXEC, CHANGE, EXIT };
struct event {
  i32 what, pid;
  i32 other; /* of a fork the parent, of an exit the status */
  i32 looks;
};

/* By the last bits of the pid: whoever is new takes the place of whoever had it. */
struct slot {
  i32 pid;
  i32 looked, executed; /* in which batch */
  u8 is_known, is_helper, changes, unused;
};

struct watch {
  volatile i32 thread; /* the kernel clears it, and wakes who waits for it, when the thread has ended */
  volatile i32 lock;   /* 0, 1 when held, 2 when somebody waits for it; of everything from `batch` on */
  volatile i32 drains;
  volatile i32 quits;
  volatile i32 is_full; /* so nothing is noted until it has been drained */
  volatile i32 wanted_count;
  i32 process, owner;
  i32 socket, wake, proc;
  /* Of argv; the thread's own. */
  i32 left; /* a helper that did not even end when it was killed; all of this is still its */
  i64 hung_at;
  struct guard guard;
  struct request requests[MOST_AT_ONCE];
  u8 paths[MOST_AT_ONCE * PATH_BYTES];
  u8 argv[MOST_AT_ONCE * ARGV_BYTES];

  i32 batch;
  i32 wanted[MOST_WANTED];
  i64 used;
  double own[8]; /* inodes of our namespaces, 0 where they are not known */
  u8 root[ROOT_BYTES];
  u8 helpers[HELPERS_BYTES]; /* names, each ends with a zero byte; with a * before it: how they begin; the last one is empty */
  struct places places;
  struct slot slots[SLOTS];
  struct event events[EVENTS];
  u8 datagram[4096];
  u8 status[4096];
  u8 helper_stack[32768] __attribute__((aligned(16)));
  u8 stack[32768] __attribute__((aligned(16)));
  u8 notes[ROOM] __attribute__((aligned(4096)));
};

/* How many events there were, losses too; 0 when there are no more. */
i64 take_batch(struct watch *watch);
struct slot *slot_of(struct watch *watch, i32 pid);
/* Undone when there is no room. */
void note(struct watch *watch, i32 pid, i32 kind, i32 value, const u8 *text);
