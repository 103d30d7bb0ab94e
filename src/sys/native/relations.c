/*
 * What the kernel says of many namespaces: who owns each, what is above it, and who made it. Each is opened by its link in
 * /proc/PID/ns, which leads to nsfs and nowhere else, asked, and closed, in one call for all of them.
 */
#include "syscalls.h"

#define ESTALE 116
#define NS_GET_USERNS 0xb701
#define NS_GET_PARENT 0xb702
#define NS_GET_OWNER_UID 0xb704

#define WANTS_OWNER 1
#define WANTS_PARENT 2
#define WANTS_UID 4

/* Kept in step with relation-batch.ts. */
struct question {
  i32 path;   /* where its name begins in `paths`, ended by a zero byte */
  i32 wants;
  i32 result; /* out: 0, or the errno of the first thing that failed */
  unsigned uid;
  double inode;
  double owner, parent; /* out: inodes */
};

static i64 inode_of(i64 fd, double *inode) {
  struct {
    unsigned long device, inode;
    u8 rest[128];
  } stat;
  i64 failed = call(SYS_fstat, fd, (i64)&stat, 0, 0);
  if (failed == 0) *inode = (double)stat.inode;
  return failed;
}

static i64 related(i64 fd, i64 request, double *inode) {
  i64 found = call(SYS_ioctl, fd, request, 0, 0);
  if (found < 0) return found;
  i64 failed = inode_of(found, inode);
  call(SYS_close, found, 0, 0, 0);
  return failed;
}

EXPORT i64 porthole_relations(struct question *questions, i64 count, const u8 *paths) {
  for (i64 each = 0; each < count; each++) {
    struct question *question = questions + each;
    double inode = 0;
    i64 fd = call(SYS_openat, AT_FDCWD, (i64)(paths + question->path), O_CLOEXEC, 0);
    i64 failed = fd < 0 ? fd : inode_of(fd, &inode);
    if (failed == 0 && inode != question->inode) failed = -ESTALE;
    if (failed == 0 && question->wants & WANTS_OWNER) failed = related(fd, NS_GET_USERNS, &question->owner);
    if (failed == 0 && question->wants & WANTS_PARENT) failed = related(fd, NS_GET_PARENT, &question->parent);
    if (failed == 0 && question->wants & WANTS_UID) failed = call(SYS_ioctl, fd, NS_GET_OWNER_UID, (i64)&question->uid, 0);
    question->result = (i32)failed;
    if (fd >= 0) call(SYS_close, fd, 0, 0, 0);
  }
  return count;
}
