/*
 * Reads many /proc/PID directories in one call: for each pid stat, cgroup, eight namespace links and the root link, into
 * records one after the other. Porthole asks per host, not per process, so that JavaScript pays for one call instead of
 * seventeen per process. Freestanding: no libc, nothing but system calls, no memory but the caller's.
 *
 * Where the library cannot be had the same reads are made one by one.
 */
#include "scan.h"

#define O_PATH 010000000
#define ENOSPC 28
#define EINVAL 22
#define LINK_BYTES 4096
/* More than what aligning a record and its parts adds. */
#define PADDING 32

static i64 file(i64 directory, const char *name, u8 *into, i64 room) {
  i64 fd = call(SYS_openat, directory, (i64)name, O_CLOEXEC, 0);
  if (fd < 0) return fd;
  i64 length;
  do length = call(SYS_read, fd, (i64)into, room, 0);
  while (length == -EINTR);
  call(SYS_close, fd, 0, 0, 0);
  return length;
}

/* The digits of `mnt:[4026531832]`; 0 when there are none. */
static double inode(const u8 *text, i64 length) {
  double value = 0;
  i64 at = 0;
  while (at < length && text[at] != '[') at++;
  for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++) value = value * 10 + (text[at] - '0');
  return value;
}

/* The name ends at the last parenthesis; then a letter, and integers with a blank before each. */
static void parse(struct record *record, const u8 *stat, i64 length) {
  i64 open = 0, close = length - 1;
  while (open < length && stat[open] != '(') open++;
  while (close > open && stat[close] != ')') close--;
  record->last = 0;
  if (open < 2 || close <= open || close + 3 >= length) return;
  record->comm_at = (i32)(sizeof *record + open + 1);
  record->comm_length = (i32)(close - open - 1);
  record->state = stat[close + 2];
  i64 at = close + 3;
  for (int field = 4; field <= 24; field++) {
    if (at >= length || stat[at++] != ' ') return;
    double sign = 1, value = 0;
    if (at < length && stat[at] == '-') sign = -1, at++;
    i64 first = at;
    for (; at < length && stat[at] >= '0' && stat[at] <= '9'; at++) value = value * 10 + (stat[at] - '0');
    if (at == first) return;
    record->fields[field] = sign * value;
    record->last = field;
  }
}

static int is_read(const struct record *record) {
  if (record->cgroup <= 0 || record->root <= 0) return 0;
  for (int type = 0; type < LINKS; type++)
    if (record->namespaces[type] != 0 && record->namespaces[type] != NOT_ASKED) return 0;
  return 1;
}

static int is_same_place(const struct record *a, const struct record *b) {
  if (a->cgroup != b->cgroup || a->root != b->root) return 0;
  for (int type = 0; type < LINKS; type++) {
    if (a->namespaces[type] != b->namespaces[type]) return 0;
    if (a->namespaces[type] == 0 && a->inodes[type] != b->inodes[type]) return 0;
  }
  const u8 *one = (const u8 *)a + a->cgroup_at, *other = (const u8 *)b + b->cgroup_at;
  for (i64 at = 0; at < a->cgroup; at++)
    if (one[at] != other[at]) return 0;
  one = (const u8 *)a + a->root_at, other = (const u8 *)b + b->root_at;
  for (i64 at = 0; at < a->root; at++)
    if (one[at] != other[at]) return 0;
  return 1;
}

/* The last one that stood there, or none; then this one is remembered. */
static const struct record *place_of(struct places *places, const struct record *record) {
  i64 known = places->count < PLACES ? places->count : PLACES;
  for (i64 back = 1; back <= known; back++) {
    const struct record *before = places->of[(places->count - back) % PLACES];
    if (is_same_place(before, record)) return before;
  }
  places->of[places->count++ % PLACES] = record;
  return 0;
}

#define PF_KTHREAD 0x200000

i64 decimal(i32 number, char *into) {
  char digits[12];
  i64 count = 0, length = 0;
  do digits[count++] = '0' + number % 10;
  while ((number /= 10) > 0);
  while (count > 0) into[length++] = digits[--count];
  into[length] = 0;
  return length;
}

/* The order is that of NAMESPACE_TYPES, then those for children. */
static const char names[LINKS][24] = {"ns/mnt", "ns/pid", "ns/net", "ns/user", "ns/uts", "ns/ipc", "ns/cgroup", "ns/time",
                                      "ns/pid_for_children", "ns/time_for_children"};
/* The bit of `types` that asks for the links of kernel threads too. */
#define OF_KERNEL_THREADS 10
/* The bit that asks for no record of them. The first stays: it shows the initial namespaces. */
#define NO_KERNEL_THREADS 11
#define KTHREADD 2
/* Neither cgroup nor root. */
#define STAT_ONLY 0x10000

u8 *scan_process(i64 proc, i32 pid, i64 types, u8 *at, u8 *out, i64 least, struct places *places) {
  struct record *record = (struct record *)at;
  u8 *bytes = at + sizeof *record, link[64];
  i64 space = least - (i64)sizeof *record - LINK_BYTES - PADDING;
  char name[16];
  record->pid = pid;
  record->stat = record->cgroup = record->root = NOT_ASKED;
  record->last = 0;
  record->like = -1;
  record->executed = 0;
  for (int type = 0; type < LINKS; type++) record->namespaces[type] = NOT_ASKED;
  decimal(pid, name);
  i64 directory = call(SYS_openat, proc, (i64)name, O_PATH | O_CLOEXEC, 0);
  record->open = directory < 0 ? (i32)directory : 0;
  if (directory >= 0) {
    i64 length = file(directory, "stat", bytes, space / 2);
    record->stat = (i32)length;
    if (length > 0) {
      parse(record, bytes, length);
      int kernel = record->last >= 9 && ((i64)record->fields[9] & PF_KTHREAD) != 0;
      if (kernel && record->last == 24 && pid != KTHREADD && (types >> NO_KERNEL_THREADS & 1)) {
        call(SYS_close, directory, 0, 0, 0);
        return at;
      }
      /* Of what was understood, the name alone is still of use as text. */
      bytes = record->last == 24 ? at + record->comm_at + record->comm_length : bytes + length;
      if (!kernel && !(types & STAT_ONLY)) {
        /* On a word, and with zeros to the end of its last one: it is compared word by word. */
        while ((bytes - at) & 3) *bytes++ = 0;
        record->cgroup_at = (i32)(bytes - at);
        length = file(directory, "cgroup", bytes, space / 2);
        record->cgroup = (i32)length;
        if (length > 0) bytes += length;
        while ((bytes - at) & 3) *bytes++ = 0;
        record->root_at = (i32)(bytes - at);
        length = call(SYS_readlinkat, directory, (i64) "root", (i64)bytes, LINK_BYTES);
        record->root = (i32)length;
        if (length > 0) bytes += length;
      }
      int asks = !kernel || pid == KTHREADD || (types >> OF_KERNEL_THREADS & 1);
      for (int type = 0; type < LINKS && asks; type++) {
        if (!(types >> type & 1)) continue;
        length = call(SYS_readlinkat, directory, (i64)names[type], (i64)link, sizeof link);
        if (length >= 0) record->inodes[type] = inode(link, length);
        record->namespaces[type] = length < 0 ? (i32)length : record->inodes[type] > 0 ? 0 : -EINVAL;
      }
      const struct record *before = is_read(record) ? place_of(places, record) : 0;
      if (before != 0) {
        record->like = (i32)((const u8 *)before - out);
        bytes = at + record->cgroup_at;
      }
    }
    call(SYS_close, directory, 0, 0, 0);
  }
  record->size = (i32)((bytes - at + 7) & ~7L);
  return at + record->size;
}

/*
 * Records for pids[*next..count), until `room` may not hold another one; `least` is what one record may take. Several
 * threads may share `next`: each pid is read by one of them. Returns how many bytes the records take.
 */
EXPORT i64 porthole_scan(i64 proc, const i32 *pids, i64 *next, i64 count, i64 types, u8 *out, i64 room, i64 least) {
  u8 *end = out + room, *at = out;
  struct places places;
  places.count = 0;
  while (end - at >= least) {
    i64 from = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
    if (from >= count) break;
    at = scan_process(proc, pids[from], types, at, out, least, &places);
  }
  return at - out;
}

/* The pids a proc directory lists, in its order; their number, or an errno. `buffer` is room for directory entries. */
EXPORT i64 porthole_pids(i64 directory, i32 *pids, i64 room, u8 *buffer, i64 size) {
  i64 count = 0;
  for (;;) {
    i64 length = call(SYS_getdents64, directory, (i64)buffer, size, 0);
    if (length <= 0) return length < 0 ? length : count;
    for (i64 at = 0; at < length; at += ((struct entry *)(buffer + at))->size) {
      const char *name = ((struct entry *)(buffer + at))->name;
      i32 pid = 0;
      while (*name >= '0' && *name <= '9') pid = pid * 10 + (*name++ - '0');
      if (*name != 0 || pid == 0) continue;
      if (count == room) return -ENOSPC;
      pids[count++] = pid;
    }
  }
}
