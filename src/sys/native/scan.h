/* What is read of one process (scan.c), for a scan of all and for the watch of arrivals. */
#ifndef SCAN_H
#define SCAN_H

#include "syscalls.h"

#define LINKS 10

/* Errnos are negative, as the kernel gives them; 0 means there is an answer. Kept in step with scan-batch.ts. */
struct record {
  i32 size; /* of the whole record, a multiple of 8 */
  i32 pid;
  i32 open;
  i32 stat;   /* length, or errno */
  i32 cgroup; /* length, or errno; -1000 when it was not asked for */
  i32 root;   /* length, or errno; -1000 */
  i32 cgroup_at, root_at; /* where they begin, from the record's own beginning; stat follows the record, up to the name when `last` is 24 */
  i32 namespaces[LINKS];  /* 0, or errno; -1000 */
  i32 comm_at, comm_length;
  i32 state; /* the letter */
  i32 last;  /* number of the last field of stat that was read, as proc_pid_stat(5) counts; 24 when all were */
  i32 like;  /* where the record begins that has the same namespaces, cgroup and root: the text of the latter is there. Or -1 */
  i32 executed; /* of the watch of arrivals: just before it was read */
  double inodes[LINKS];
  double fields[25]; /* 4 (ppid) to 24 (rss), by their number */
};

#define NOT_ASKED (-1000)

/* Those of the processes before: most of them stand where some other does. */
#define PLACES 64
struct places {
  i64 count;
  const struct record *of[PLACES];
};

/*
 * Reads the process into a record at `at`, among those that begin at `out`; `least` is the room there is. Bit i of `types`
 * asks for the i-th link, in the order of NAMESPACE_TYPES, then those for children. Where the record ends; `at` when no record
 * is wanted of such a process.
 */
u8 *scan_process(i64 proc, i32 pid, i64 types, u8 *at, u8 *out, i64 least, struct places *places);

/* See scan.c. */
i64 porthole_pids(i64 directory, i32 *pids, i64 room, u8 *buffer, i64 size);
i64 porthole_scan(i64 proc, const i32 *pids, i64 *next, i64 count, i64 types, u8 *out, i64 room, i64 least);

/* Ends with a zero byte. Returns its length. */
i64 decimal(i32 number, char *into);

#endif
