/*
 * What the kernel's process connector tells, and what is looked at then: every process right when it has executed something,
 * because a moment later there may be nothing left to look at. What is made of it, others decide.
 */
#include "arrivals.h"

#define ENOBUFS 105
#define MSG_DONTWAIT 0x40
#define CLOCK_REALTIME 0

#define TYPES 8
#define PID_TYPE 1
/* Stat, cgroup and root: a look is more than this only on a host where cgroups have the longest of paths. */
#define LOOK_BYTES (96L << 10)
/* Whoever renames itself over and over is looked at no more. */
#define MOST_CHANGES 16

struct slot *slot_of(struct watch *watch, i32 pid) {
  struct slot *slot = &watch->slots[pid & (SLOTS - 1)];
  return slot->pid == pid ? slot : 0;
}

static struct slot *claimed(struct watch *watch, i32 pid) {
  struct slot *slot = &watch->slots[pid & (SLOTS - 1)];
  if (slot->pid != pid) *slot = (struct slot){pid, 0, 0, 0, 0, 0, 0};
  return slot;
}

static int has_room(struct watch *watch, i64 bytes) {
  if (watch->is_full) return 0;
  if (ROOM - watch->used >= bytes) return 1;
  watch->used = watch->places.count = 0;
  note(watch, 0, LOST, 0, 0);
  watch->is_full = 1;
  return 0;
}

static double now_ms(void) {
  i64 now[2];
  call(SYS_clock_gettime, CLOCK_REALTIME, (i64)now, 0, 0);
  return (double)now[0] * 1e3 + (double)(now[1] / 1000) / 1e3;
}

void note(struct watch *watch, i32 pid, i32 kind, i32 value, const u8 *text) {
  i64 length = text != 0 && value > 0 ? value : 0, size = (i64)sizeof(struct note) + ((length + 7) & ~7L);
  if (!has_room(watch, size)) return;
  struct note *note = (struct note *)(watch->notes + watch->used);
  *note = (struct note){(i32)size, pid, kind, value, now_ms()};
  u8 *into = (u8 *)(note + 1);
  for (i64 at = 0; at < length; at++) into[at] = text[at];
  watch->used += size;
}

static i32 word(const struct watch *watch, i64 at) { return *(const i32 *)(watch->datagram + at); }

/*
 * struct nlmsghdr (16 bytes), struct cn_msg (20), struct proc_event: `what` at 36, what it is about from 52 on. Returns 1 with
 * an event, 0 when there is none, an errno when some were lost or cannot be understood.
 */
static i64 next_event(const struct watch *watch, struct event *event) {
  for (;;) {
    i32 sender[3] = {0, 0, 0}, size = sizeof sender;
    i64 length = call6(SYS_recvfrom, watch->socket, (i64)watch->datagram, sizeof watch->datagram, MSG_DONTWAIT, (i64)sender,
                       (i64)&size);
    if (length == -EINTR) continue;
    if (length < 0) return length == -ENOBUFS ? length : 0;
    /* Only the kernel is believed; its port is 0. */
    if (sender[1] != 0) continue;
    if (length < 68 || word(watch, 0) > length) return -EMSGSIZE;
    if (word(watch, 16) != 1 || word(watch, 20) != 1) continue;
    unsigned what = (unsigned)word(watch, 36);
    i32 first = word(watch, 52), second = word(watch, 56), third = word(watch, 60);
    if (what == 1) *event = (struct event){FORK, third, second, 0};
    else if (what == 2) *event = (struct event){EXEC, first, 0, 0};
    else if (what == 0x80 || what == 0x200) *event = (struct event){CHANGE, first, 0, 0};
    else if (what == 0x80000000u) *event = (struct event){EXIT, first, third, 0};
    else continue;
    /* Threads are not asked about. */
    if (event->pid == (what == 1 ? word(watch, 64) : second)) return 1;
  }
}

/* Programs that stand above containers and tell what made them. */
static int is_helper(const struct watch *watch, const u8 *comm, i64 length) {
  for (const u8 *name = watch->helpers; *name != 0; name++) {
    int begins = *name == '*';
    i64 same = 0;
    if (begins) name++;
    while (same < length && name[same] != 0 && name[same] == comm[same]) same++;
    if (name[same] == 0 && (begins || same == length)) return 1;
    while (*name != 0) name++;
  }
  return 0;
}

/* May it be somewhere else now than it was seen before? */
static int tells_place(struct watch *watch, const struct event *event) {
  if (event->what == EXIT) return 0;
  if (event->what == FORK) {
    /* What tools like unshare have set up, their child is in from its start. */
    const struct slot *parent = slot_of(watch, event->other);
    if (parent == 0 || (parent->executed != watch->batch && !parent->is_helper)) return 0;
  }
  struct slot *slot = claimed(watch, event->pid);
  if (event->what == EXEC) slot->executed = watch->batch;
  return event->what != CHANGE || slot->changes < MOST_CHANGES;
}

/* The line NSpid of status, or what older kernels have. True when there is more than one pid. */
static int note_inner_pids(struct watch *watch, i32 pid) {
  char path[24];
  u8 *text = watch->status;
  const char *rest = "/status";
  i64 at = decimal(pid, path);
  do path[at++] = *rest;
  while (*rest++ != 0);
  i64 fd = call(SYS_openat, watch->proc, (i64)path, O_CLOEXEC, 0), length = fd;
  if (fd >= 0) {
    length = whole(fd, text, sizeof watch->status);
    call(SYS_close, fd, 0, 0, 0);
  }
  i64 from = 0, to = 0, tabs = 0;
  for (at = 0; at + 7 < length; at++) {
    int is_own = text[at + 1] == 'P' && text[at + 2] == 'i' && text[at + 3] == 'd' && text[at + 4] == ':';
    int is_inner = text[at + 1] == 'N' && text[at + 2] == 'S' && text[at + 3] == 'p' && text[at + 6] == ':';
    if (text[at] != '\n' || !(is_own || is_inner)) continue;
    for (from = at, to = at + 1, tabs = 0; to < length && text[to] != '\n'; to++) tabs += text[to] == '\t';
    if (is_inner) break;
  }
  note(watch, pid, INNER_PIDS, (i32)(length < 0 ? length : to - from), text + from);
  return tabs > 1;
}

/* In other namespaces than we are, or below another root. What may not be seen proves nothing. */
static int is_elsewhere(const struct watch *watch, const struct record *record) {
  for (int type = 0; type < TYPES; type++)
    if (record->namespaces[type] == 0 && watch->own[type] != 0 && record->inodes[type] != watch->own[type]) return 1;
  return record->root > 1;
}

static void look(struct watch *watch, i32 pid) {
  struct slot *slot = claimed(watch, pid);
  if (slot->looked == watch->batch || !has_room(watch, LOOK_BYTES)) return;
  slot->looked = watch->batch;
  struct record *record = (struct record *)(watch->notes + watch->used);
  scan_process(watch->proc, pid, (1 << TYPES) - 1, (u8 *)record, watch->notes, LOOK_BYTES, &watch->places);
  if (record->open < 0 || record->stat <= 0) return;
  watch->used += record->size;
  int executed = slot->executed == watch->batch;
  record->executed = executed;
  slot->is_known = 1;
  slot->changes = executed ? 0 : slot->changes + 1;
  slot->is_helper = record->last > 0 && is_helper(watch, (u8 *)record + record->comm_at, record->comm_length);
  /* Of kernel threads nothing else is asked. */
  if (record->cgroup == NOT_ASKED) return;
  double own = watch->own[PID_TYPE];
  int is_ours = record->namespaces[PID_TYPE] == 0 && own != 0 && record->inodes[PID_TYPE] == own;
  int is_inner = !is_ours && note_inner_pids(watch, pid);
  if (!executed || !(is_inner || slot->is_helper || is_elsewhere(watch, record))) return;
  if (watch->wanted_count < MOST_WANTED) watch->wanted[watch->wanted_count++] = pid;
}

i64 take_batch(struct watch *watch) {
  i64 count = 0, got = 0, lost = 0;
  struct event *events = watch->events;
  while (count < EVENTS && (got = next_event(watch, &events[count])) != 0) {
    if (got > 0) count++;
    else if (lost++ == EVENTS) break;
  }
  if (lost > 0) note(watch, 0, LOST, 0, 0);
  watch->batch++;
  for (i64 i = 0; i < count; i++) events[i].looks = tells_place(watch, &events[i]);
  /* Those of whom nothing is known yet first: they may be gone in a moment. */
  for (int known = 0; known <= 1; known++)
    for (i64 i = 0; i < count; i++)
      if (events[i].looks && (known || !claimed(watch, events[i].pid)->is_known)) look(watch, events[i].pid);
  for (i64 i = 0; i < count; i++) {
    struct slot *slot = slot_of(watch, events[i].pid);
    if (events[i].what == EXEC) note(watch, events[i].pid, EXECUTED, 0, 0);
    if (events[i].what != EXIT) continue;
    note(watch, events[i].pid, ENDED, events[i].other, 0);
    if (slot != 0) slot->pid = 0;
  }
  return count + lost;
}
