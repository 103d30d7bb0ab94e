/*
 * Namespaces that no process is in, each made in its own way and kept until stdin closes; and the truth about one by ioctl.
 * Prints one line of "name number" pairs. Everything it makes ends with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/nsfs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int must(int result, const char *what) {
  if (result < 0) die(what);
  return result;
}

static unsigned long inode(const char *path) {
  struct stat stat_;
  must(stat(path, &stat_), path);
  return stat_.st_ino;
}

static int opened(const char *path) { return must(open(path, O_RDONLY | O_CLOEXEC), path); }

static void until_closed(void) {
  char byte;
  fflush(stdout);
  while (read(0, &byte, 1) > 0) continue;
}

/* Inode behind a descriptor that an ioctl gave, 0 when there is none. */
static unsigned long above(int fd, unsigned long request) {
  struct stat stat_;
  int found = ioctl(fd, request);
  if (found < 0) return 0;
  must(fstat(found, &stat_), "fstat");
  close(found);
  return stat_.st_ino;
}

static void ask(const char *path) {
  int fd = opened(path);
  int type = ioctl(fd, NS_GET_NSTYPE);
  unsigned uid = 0;
  int owner = ioctl(fd, NS_GET_USERNS);
  int user = type == CLONE_NEWUSER ? fd : owner;
  if (user >= 0) must(ioctl(user, NS_GET_OWNER_UID, &uid), "NS_GET_OWNER_UID");
  int hierarchy = type == CLONE_NEWUSER || type == CLONE_NEWPID;
  printf("inode %lu owner %lu parent %lu uid %u\n", inode(path), above(fd, NS_GET_USERNS),
         hierarchy ? above(fd, NS_GET_PARENT) : 0, uid);
}

static void *in_own_net(void *unused) {
  char path[64];
  must(unshare(CLONE_NEWNET), "unshare");
  snprintf(path, sizeof path, "/proc/self/task/%ld/ns/net", syscall(SYS_gettid));
  printf("net %lu tid %ld\n", inode(path), syscall(SYS_gettid));
  fflush(stdout);
  pause();
  return unused;
}

static void thread(void) {
  pthread_t other;
  if (pthread_create(&other, 0, in_own_net, 0) != 0) die("pthread_create");
  until_closed();
}

static void socket_only(void) {
  int home = opened("/proc/self/ns/net");
  must(unshare(CLONE_NEWNET), "unshare");
  unsigned long net = inode("/proc/self/ns/net");
  int fd = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  must(setns(home, CLONE_NEWNET), "setns");
  close(home);
  printf("net %lu fd %d\n", net, fd);
  until_closed();
}

static void descriptor(void) {
  int home = opened("/proc/self/ns/uts");
  must(unshare(CLONE_NEWUTS), "unshare");
  must(sethostname("kept-by-fd", 10), "sethostname");
  int fd = opened("/proc/self/ns/uts");
  unsigned long uts = inode("/proc/self/ns/uts");
  must(setns(home, CLONE_NEWUTS), "setns");
  close(home);
  printf("uts %lu fd %d\n", uts, fd);
  until_closed();
}

static void children(void) {
  must(unshare(CLONE_NEWPID), "unshare");
  int child = must(fork(), "fork");
  if (child == 0) _exit(0);
  must(waitpid(child, 0, 0), "waitpid");
  printf("pid %lu\n", inode("/proc/self/ns/pid_for_children"));
  until_closed();
}

static void write_file(const char *path, const char *text) {
  int fd = must(open(path, O_WRONLY), path);
  must(write(fd, text, strlen(text)), path);
  close(fd);
}

static void mapped_user(void) {
  must(unshare(CLONE_NEWUSER), "unshare");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 0 1");
  write_file("/proc/self/gid_map", "0 0 1");
}

static void descendant(void) {
  mapped_user();
  unsigned long outer = inode("/proc/self/ns/user");
  mapped_user();
  printf("outer %lu inner %lu\n", outer, inode("/proc/self/ns/user"));
  until_closed();
}

/* In a mount namespace of its own, a uts namespace bound to a file. `leaves`: nobody stays in it, and a descriptor keeps it. */
static void bound(const char *file, int leaves) {
  int mnt = opened("/proc/self/ns/mnt"), uts = opened("/proc/self/ns/uts");
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0), "private");
  must(unshare(CLONE_NEWUTS), "unshare");
  must(sethostname("bound", 5), "sethostname");
  close(must(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), file));
  must(mount("/proc/self/ns/uts", file, 0, MS_BIND, 0), "bind");
  unsigned long own_mnt = inode("/proc/self/ns/mnt"), own_uts = inode("/proc/self/ns/uts");
  int fd = leaves ? opened("/proc/self/ns/mnt") : 0;
  must(setns(uts, CLONE_NEWUTS), "setns");
  if (leaves) must(setns(mnt, CLONE_NEWNS), "setns");
  close(mnt), close(uts);
  printf("mnt %lu uts %lu fd %d\n", own_mnt, own_uts, fd);
  until_closed();
}

/* A net namespace bound to a file in a mount namespace of its own. */
static void bound_net(const char *file) {
  int home = opened("/proc/self/ns/net");
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0), "private");
  must(unshare(CLONE_NEWNET), "unshare");
  close(must(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600), file));
  must(mount("/proc/self/ns/net", file, 0, MS_BIND, 0), "bind");
  unsigned long net = inode("/proc/self/ns/net");
  must(setns(home, CLONE_NEWNET), "setns");
  close(home);
  printf("net %lu\n", net);
  until_closed();
}

static void answer(int fuse, const struct fuse_in_header *request, int error, const void *what, size_t size) {
  struct fuse_out_header header = {.len = (unsigned)(sizeof header + size), .error = error, .unique = request->unique};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)what, size}};
  must(writev(fuse, parts, 2), "answer");
}

/* A directory with one file of any name, which must be asked for again each time. */
static void serve(int fuse) {
  static char buffer[FUSE_MIN_READ_BUFFER + 65536];
  struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
  struct fuse_entry_out entry = {.nodeid = 2, .attr = {.ino = 2, .mode = S_IFREG | 0600, .nlink = 1}};
  while (read(fuse, buffer, sizeof buffer) > 0) {
    const struct fuse_in_header *request = (const void *)buffer;
    struct fuse_attr_out attributes = {.attr = entry.attr};
    if (request->nodeid == 1) attributes.attr = (struct fuse_attr){.ino = 1, .mode = S_IFDIR | 0700, .nlink = 2};
    switch (request->opcode) {
      case FUSE_INIT: answer(fuse, request, 0, &init, sizeof init); break;
      case FUSE_GETATTR: answer(fuse, request, 0, &attributes, sizeof attributes); break;
      case FUSE_LOOKUP: answer(fuse, request, 0, &entry, sizeof entry); break;
      case FUSE_FORGET: case FUSE_BATCH_FORGET: case FUSE_INTERRUPT: break;
      default: answer(fuse, request, -ENOSYS, 0, 0);
    }
  }
  _exit(0);
}

/* A net namespace bound to a file on FUSE, in a mount namespace of its own; prints the pid that serves it, too. */
static void on_fuse(const char *directory) {
  char options[64], file[4096];
  int home = opened("/proc/self/ns/net");
  must(unshare(CLONE_NEWNS), "unshare");
  must(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0), "private");
  int fuse = must(open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse");
  must(mkdir(directory, 0700), directory);
  snprintf(options, sizeof options, "fd=%d,rootmode=%o,user_id=0,group_id=0", fuse, S_IFDIR);
  must(mount("names", directory, "fuse", 0, options), "fuse");
  int server = must(fork(), "fork");
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(fuse);
  }
  close(fuse);
  must(unshare(CLONE_NEWNET), "unshare");
  snprintf(file, sizeof file, "%s/net", directory);
  must(mount("/proc/self/ns/net", file, 0, MS_BIND, 0), "bind");
  unsigned long net = inode("/proc/self/ns/net");
  must(setns(home, CLONE_NEWNET), "setns");
  close(home);
  printf("net %lu server %d\n", net, server);
  until_closed();
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "ask") == 0 && argc > 2) ask(argv[2]);
  else if (strcmp(what, "thread") == 0) thread();
  else if (strcmp(what, "socket") == 0) socket_only();
  else if (strcmp(what, "fd") == 0) descriptor();
  else if (strcmp(what, "children") == 0) children();
  else if (strcmp(what, "descendant") == 0) descendant();
  else if (strcmp(what, "bound") == 0 && argc > 2) bound(argv[2], 0);
  else if (strcmp(what, "left") == 0 && argc > 2) bound(argv[2], 1);
  else if (strcmp(what, "bound-net") == 0 && argc > 2) bound_net(argv[2]);
  else if (strcmp(what, "on-fuse") == 0 && argc > 2) on_fuse(argv[2]);
  else return 2;
  return 0;
}
