/*
 * A scan of all processes (scan.c) by a thread of its own: it is begun before anybody asks, while V8 still takes in the code
 * that will ask. That takes longer, so that the thread first makes the end of this process shorter (start-up.h). One memory holds
 * what it is told, what it tells, and its stack.
 */
#include "helper.h"
#include "scan.h"
#include "start-up.h"

#define ROOT_BYTES 4096
#define ENAMETOOLONG 36
/* It is spun for and slept for by turns, and always comes: proc is no file system that hangs. */
#define TURN_NSEC 1000000000L

struct ahead {
  volatile i32 thread; /* 0 when it has ended */
  volatile i32 listed;
  i64 count; /* of pids, or an errno */
  i64 used;  /* bytes of records */
  i64 *next;
  i32 *pids;
  i64 pids_room;
  u8 *out;
  i64 room, least, types;
  u8 root[ROOT_BYTES];
};

static void scan(void *given) {
  struct ahead *ahead = given;
  give_back_start_up();
  i64 proc = call(SYS_openat, AT_FDCWD, (i64)ahead->root, O_CLOEXEC, 0);
  i64 count = proc < 0 ? proc : porthole_pids(proc, ahead->pids, ahead->pids_room, ahead->out, ahead->room);
  ahead->count = count;
  __atomic_store_n(&ahead->listed, 1, __ATOMIC_RELEASE);
  call(SYS_futex, (i64)&ahead->listed, FUTEX_WAKE, 1, 0);
  if (count > 0)
    ahead->used = porthole_scan(proc, ahead->pids, ahead->next, count, ahead->types, ahead->out, ahead->room, ahead->least);
  if (proc >= 0) call(SYS_close, proc, 0, 0, 0);
  for (;;) call(SYS_exit, 0, 0, 0, 0);
}

/*
 * Begins it. All that is given stays where it is until `porthole_scan_ahead_end`: `memory`, whose upper part becomes the stack,
 * room for pids and for records, and `next`, as for porthole_scan. Returns 0, or a negative errno when no thread is to be had.
 */
EXPORT i64 porthole_scan_ahead(u8 *memory, i64 size, const u8 *root, i64 types, i64 *next, i32 *pids, i64 pids_room, u8 *out,
                               i64 room, i64 least) {
  struct ahead *ahead = (struct ahead *)memory;
  for (i64 at = 0; (ahead->root[at] = root[at]) != 0; at++)
    if (at == ROOT_BYTES - 1) return -ENAMETOOLONG;
  ahead->thread = ahead->listed = 0;
  ahead->count = ahead->used = 0;
  ahead->next = next;
  ahead->pids = pids;
  ahead->pids_room = pids_room;
  ahead->out = out;
  ahead->room = room;
  ahead->least = least;
  ahead->types = types;
  i64 thread = make_thread(scan, ahead, memory + size, &ahead->thread);
  return thread < 0 ? thread : 0;
}

/* When it has listed the pids: how many there are, or a negative errno. From then on others may take pids from `next` too. */
EXPORT i64 porthole_scan_ahead_listed(struct ahead *ahead) {
  while (!__atomic_load_n(&ahead->listed, __ATOMIC_ACQUIRE)) changes_within(&ahead->listed, 0, TURN_NSEC);
  return ahead->count;
}

/* When it has ended: how many bytes its records take. */
EXPORT i64 porthole_scan_ahead_end(struct ahead *ahead) {
  while (!ends_within(&ahead->thread, TURN_NSEC)) continue;
  return ahead->used;
}
