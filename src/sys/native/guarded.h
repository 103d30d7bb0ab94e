/* What guarded reads (guarded.c) are asked. Kept in step with guarded-native.ts. */
#ifndef GUARDED_H
#define GUARDED_H

#include "syscalls.h"

struct request {
  i32 path_at; /* in `names`, ends with a zero byte */
  i32 wanted;  /* where in `names` the name of an attribute is; or CONTENT, or STATUS */
  i32 most;    /* bytes wanted */
  i32 out_at;
  i32 result; /* length, or a negative errno; NOT_DONE */
};

#define CONTENT (-1)
/* As struct statx. */
#define STATUS (-2)
#define NOT_DONE (-1000)
#define TIMED_OUT (-110)

struct guard {
  volatile i32 helper; /* the kernel clears it, and wakes who waits for it, when the helper has ended */
  volatile i32 next;   /* the request it is at */
  i32 count;
  i32 parent;
  i32 out_room;
  i32 out_used;
};

i64 porthole_guarded_begin(struct guard *guard, struct request *requests, const u8 *names, u8 *out, u8 *stack, i64 stack_size);
i64 porthole_guarded_end(struct guard *guard, struct request *requests, i64 pid, i64 patience);
i64 porthole_guarded_ended(i64 pid);

#endif
