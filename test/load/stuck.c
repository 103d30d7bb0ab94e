/*
 * A process that sleeps while one of its threads holds its mmap lock and waits for a file system that never answers: who
 * reads its argv or environment through /proc waits with it.
 *
 *   porthole-stuck FILE [WORD...]
 *
 * FILE is mounted over, in a mount namespace of its own. Prints `stuck PID`, then `ready` when that process, pid 1 of a pid
 * namespace of its own, is stuck. The file system is served by the program itself: when that is killed, all waiting ends.
 * The stuck process alone cannot be killed: to end, it needs its own lock. Needs CAP_SYS_ADMIN.
 *
 * How: a read of a page of FUSE's keeps that page locked until it is answered, and mmap of the same file opened for direct
 * I/O drops its pages, for which it waits with the lock held.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define LONGEST_SECONDS 40

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void answer(int fuse, const struct fuse_in_header *request, int error, const void *what, size_t size) {
  struct fuse_out_header header = {.len = (unsigned)(sizeof header + size), .error = error, .unique = request->unique};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)what, size}};
  /* Interrupted requests may be gone. */
  if (writev(fuse, parts, 2) < 0) return;
}

/* One file, which can be opened and never read. Writes a byte to `told` for each read. */
static void serve(int fuse, int told) {
  static char buffer[FUSE_MIN_READ_BUFFER + 65536];
  struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = PAGE};
  struct fuse_attr_out attributes = {.attr = {.ino = 1, .size = PAGE, .mode = S_IFREG | 0600, .nlink = 1}};
  int opened = 0;
  while (read(fuse, buffer, sizeof buffer) > 0) {
    const struct fuse_in_header *request = (const void *)buffer;
    /* The second one must not drop the pages itself. */
    struct fuse_open_out open_out = {.fh = 1, .open_flags = opened ? FOPEN_DIRECT_IO | FOPEN_KEEP_CACHE : 0};
    switch (request->opcode) {
      case FUSE_INIT: answer(fuse, request, 0, &init, sizeof init); break;
      case FUSE_GETATTR: answer(fuse, request, 0, &attributes, sizeof attributes); break;
      case FUSE_OPEN: opened++, answer(fuse, request, 0, &open_out, sizeof open_out); break;
      case FUSE_READ: if (write(told, "r", 1) < 0) _exit(1); break;
      case FUSE_INTERRUPT: case FUSE_FORGET: case FUSE_BATCH_FORGET: break;
      default: answer(fuse, request, -38 /* ENOSYS */, NULL, 0);
    }
  }
  _exit(0);
}

static void *hold_lock(void *file) {
  int fd = open(file, O_RDONLY);
  if (fd < 0) fail("open");
  mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
  return NULL;
}

/* Whether a thread of this process is in uninterruptible sleep: the one that holds the lock and waits. */
static int is_held(void) {
  DIR *tasks = opendir("/proc/self/task");
  int held = 0;
  for (struct dirent *each; tasks != NULL && (each = readdir(tasks)) != NULL;) {
    char path[300], stat[512];
    snprintf(path, sizeof path, "/proc/self/task/%s/stat", each->d_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, stat, sizeof stat - 1);
    if (fd >= 0) close(fd);
    stat[length > 0 ? length : 0] = 0;
    char *name_end = strrchr(stat, ')');
    if (name_end != NULL && name_end[2] == 'D') held = 1;
  }
  if (tasks != NULL) closedir(tasks);
  return held;
}

/* Pid 1 of a pid namespace of its own. */
static void get_stuck(const char *file, int go) {
  char letter;
  pthread_t thread;
  if (read(go, &letter, 1) != 1) _exit(1);
  if (pthread_create(&thread, NULL, hold_lock, (void *)file) != 0) fail("pthread_create");
  /* No more memory is touched for the first time from here on: that would take the lock too. */
  while (!is_held()) usleep(1000);
  if (write(STDOUT_FILENO, "ready\n", 6) < 0) fail("write");
  for (;;) pause();
}

static pid_t child(void) {
  pid_t made = fork();
  if (made < 0) fail("fork");
  if (made == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
  return made;
}

int main(int argc, char **argv) {
  char options[64], letter;
  int go[2];
  if (argc < 2) return 2;
  /* Whatever becomes of who started it: a host with a stuck process is a host where ps hangs. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  alarm(LONGEST_SECONDS);
  /* Only what we start is in the new pid namespace. */
  if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS) < 0) fail("unshare");
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("mount");
  int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (fuse < 0) fail("/dev/fuse");
  if (pipe2(go, O_CLOEXEC) < 0) fail("pipe");
  snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=0,group_id=0", fuse, S_IFREG);
  if (mount("stuck", argv[1], "fuse", 0, options) < 0) fail("mount");
  pid_t stuck = child();
  if (stuck == 0) close(fuse), close(go[1]), get_stuck(argv[1], go[0]);
  if (child() == 0) {
    close(fuse);
    int fd = open(argv[1], O_RDONLY);
    _exit(fd < 0 || read(fd, &letter, 1) < 0);
  }
  printf("stuck %d\n", stuck);
  fflush(stdout);
  serve(fuse, go[1]);
}
