/*
 * An open that may never come back: on the way to a file the kernel may ask a file system (FUSE, NFS) whether a name still
 * stands. It is made by a helper (helper.h) with descriptors of its own, which hands over what it opened through a socket,
 * so that nothing stays open when it is killed. Nothing but the one file that is looked for is handed over.
 */
#include "helper.h"

#define AF_UNIX 1
#define SOCK_DGRAM 2
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define MSG_DONTWAIT 0x40
#define MSG_CMSG_CLOEXEC 0x40000000
#define ESTALE 116
#define ETIMEDOUT 110
#define NOT_DONE (-1000)
/* As in guarded.c: not stuck but without a processor. */
#define STARVED_PATIENCES 40

/* Kept in step with guarded-open.ts. */
struct opening {
  volatile i32 helper; /* the kernel clears it when the helper has ended */
  volatile i32 result; /* 0, or a negative errno */
  i32 parent;
  i32 root;
  i32 sockets[2];
  unsigned long how[3]; /* struct open_how */
  unsigned long device, inode;
};

struct task {
  struct opening *opening;
  const u8 *path;
};

/* One byte, and room for one descriptor beside it. */
struct message {
  void *name;
  unsigned long name_length;
  struct {
    void *bytes;
    unsigned long length;
  } * parts;
  unsigned long part_count;
  void *control;
  unsigned long control_length;
  i64 flags;
};

struct control {
  unsigned long length;
  i32 level, type;
  i32 fd, unused;
};

static i64 handed(i64 number, i32 socket, struct control *control, i64 flags) {
  u8 byte = 0;
  struct {
    void *bytes;
    unsigned long length;
  } part = {&byte, 1};
  struct message message = {0, 0, (void *)&part, 1, control, sizeof *control, 0};
  i64 done;
  do done = call(number, socket, (i64)&message, flags, 0);
  while (done == -EINTR);
  return done;
}

static i64 open_and_hand(struct opening *opening, const u8 *path) {
  struct {
    unsigned long device, inode;
    u8 rest[128];
  } stat;
  /* A table of its own; it ends with the helper. */
  i64 failed = call(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE, 0);
  if (failed < 0) return failed;
  i64 fd = call(SYS_openat2, opening->root, (i64)path, (i64)opening->how, sizeof opening->how);
  if (fd < 0) return fd;
  failed = call(SYS_fstat, fd, (i64)&stat, 0, 0);
  if (failed < 0) return failed;
  if (stat.device != opening->device || stat.inode != opening->inode) return -ESTALE;
  struct control control = {sizeof control - sizeof control.unused, SOL_SOCKET, SCM_RIGHTS, (i32)fd, 0};
  i64 sent = handed(SYS_sendmsg, opening->sockets[1], &control, 0);
  return sent < 0 ? sent : 0;
}

static void help(void *argument) {
  struct task *task = argument;
  call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0);
  if (call(SYS_getppid, 0, 0, 0, 0) == task->opening->parent)
    task->opening->result = (i32)open_and_hand(task->opening, task->path);
  for (;;) call(SYS_exit, 0, 0, 0, 0);
}

static i64 received(i32 socket) {
  struct control control = {0, 0, 0, -1, 0};
  i64 length = handed(SYS_recvmsg, socket, &control, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) return length;
  return control.type == SCM_RIGHTS && control.fd >= 0 ? control.fd : -ESTALE;
}

static int ends(struct opening *opening, i32 pid, i64 patience) {
  for (int times = 0; times < STARVED_PATIENCES; times++) {
    if (ends_within(&opening->helper, patience)) return 1;
    if (!is_runnable(pid)) return 0;
  }
  return 0;
}

/*
 * The descriptor, or a negative errno: ETIMEDOUT when it hung. Then `opening->helper` is not 0 where the helper did not even
 * end when it was killed: it may still use what it was given.
 */
EXPORT i64 porthole_guarded_open(struct opening *opening, const u8 *path, u8 *stack, i64 stack_size, i64 patience) {
  struct task *task = (struct task *)stack;
  *task = (struct task){opening, path};
  i64 failed = call(SYS_socketpair, AF_UNIX, SOCK_DGRAM | O_CLOEXEC, 0, (i64)opening->sockets);
  if (failed < 0) return failed;
  opening->parent = (i32)call(SYS_getpid, 0, 0, 0, 0);
  opening->helper = 0;
  opening->result = NOT_DONE;
  i64 pid = make_helper(help, task, stack + stack_size, &opening->helper);
  i64 result = pid;
  if (pid >= 0) {
    int ended = ends(opening, (i32)pid, patience);
    if (!ended) {
      call(SYS_kill, pid, SIGKILL, 0, 0);
      ended = ends_within(&opening->helper, patience);
    }
    if (ended)
      while (call(SYS_wait4, pid, 0, WALL, 0) == -EINTR) continue;
    result = !ended || opening->result == NOT_DONE ? -ETIMEDOUT : opening->result;
    if (result == 0) result = received(opening->sockets[0]);
  }
  call(SYS_close, opening->sockets[0], 0, 0, 0);
  call(SYS_close, opening->sockets[1], 0, 0, 0);
  return result;
}
