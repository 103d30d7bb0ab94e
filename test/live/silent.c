/*
 * A file system with one file, f, that answers everything but reads: they are taken, and never answered. Prints a line when it
 * is mounted on argv[1], and one for each read. Whoever waits for it cannot even be killed, until this process ends. With a program
 * as argv[2], f has its content and can be run; to be silent then it must be stopped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int device, content = -1;
static struct stat program;

static void answer(unsigned long unique, int error, void *body, size_t length) {
  struct fuse_out_header header = {.len = sizeof header + length, .error = error, .unique = unique};
  struct iovec parts[] = {{&header, sizeof header}, {body, length}};
  if (writev(device, parts, 2) < 0 && errno != ENOENT) exit(1);
}

static struct fuse_attr attributes(unsigned long node) {
  struct fuse_attr attr = {.ino = node, .nlink = 1, .blksize = 4096};
  attr.mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | (content < 0 ? 0644 : 0755);
  attr.size = node == FUSE_ROOT_ID ? 0 : content < 0 ? 4096 : program.st_size;
  return attr;
}

static void read_content(struct fuse_in_header *in, struct fuse_read_in *wanted) {
  static char bytes[1 << 20];
  ssize_t length = pread(content, bytes, wanted->size < sizeof bytes ? wanted->size : sizeof bytes, wanted->offset);
  answer(in->unique, length < 0 ? -errno : 0, bytes, length < 0 ? 0 : length);
}

static void serve(struct fuse_in_header *in, void *body) {
  switch (in->opcode) {
    case FUSE_INIT: {
      struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
      return answer(in->unique, 0, &out, sizeof out);
    }
    case FUSE_LOOKUP: {
      struct fuse_entry_out out = {.nodeid = 2, .attr = attributes(2)};
      if (strcmp(body, "f") != 0) return answer(in->unique, -ENOENT, NULL, 0);
      return answer(in->unique, 0, &out, sizeof out);
    }
    case FUSE_GETATTR: {
      struct fuse_attr_out out = {.attr = attributes(in->nodeid)};
      return answer(in->unique, 0, &out, sizeof out);
    }
    case FUSE_OPEN:
    case FUSE_OPENDIR: {
      /* Not through the page cache: the second reader would wait for the first one's page, and ask us nothing. */
      struct fuse_open_out out = {.open_flags = in->opcode == FUSE_OPEN && content < 0 ? FOPEN_DIRECT_IO : 0};
      return answer(in->unique, 0, &out, sizeof out);
    }
    case FUSE_READ:
      if (content >= 0) return read_content(in, body);
      if (write(1, "read\n", 5) != 5) exit(1);
      return;
    case FUSE_INTERRUPT:
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
      return;
    default:
      return answer(in->unique, -ENOSYS, NULL, 0);
  }
}

int main(int argc, char **argv) {
  char options[128];
  static char request[1 << 20];
  if (argc < 2 || argc > 3 || (device = open("/dev/fuse", O_RDWR | O_CLOEXEC)) < 0) return 1;
  if (argc == 3 && ((content = open(argv[2], O_RDONLY)) < 0 || fstat(content, &program) < 0)) return perror(argv[2]), 1;
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", device);
  if (mount("silent", argv[1], "fuse.silent", MS_NOSUID | MS_NODEV, options) < 0) return perror("mount"), 1;
  if (write(1, "mounted\n", 8) != 8) return 1;
  for (;;) {
    ssize_t length = read(device, request, sizeof request);
    if (length < 0 && errno != EINTR && errno != ENOENT) return 1;
    if (length > 0) serve((void *)request, request + sizeof(struct fuse_in_header));
  }
}
