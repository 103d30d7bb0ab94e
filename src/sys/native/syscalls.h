/*
 * What every part of the native library stands on: no libc, nothing but system calls, no memory but the caller's.
 * x86_64 only; build.mjs makes one shared object of all the C files beside it.
 */
typedef unsigned char u8;
typedef int i32;
typedef long i64;

#define EXPORT __attribute__((visibility("default")))
#define O_CLOEXEC 02000000
#define EINTR 4
#define EAGAIN 11
#define EMSGSIZE 90
#define AT_FDCWD (-100)

enum { SYS_read = 0, SYS_close = 3, SYS_getdents64 = 217, SYS_openat = 257, SYS_readlinkat = 267 };

static inline i64 call(i64 number, i64 a, i64 b, i64 c, i64 d) {
  i64 result;
  register i64 r10 __asm__("r10") = d;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
  return result;
}

/* Files of one record come in one piece; the rest ends with an empty read. */
static inline i64 whole(i64 fd, u8 *into, i64 most) {
  i64 length = 0;
  for (;;) {
    i64 got = call(SYS_read, fd, (i64)(into + length), most - length, 0);
    if (got == -EINTR) continue;
    if (got <= 0) return got < 0 ? got : length;
    length += got;
    if (length == most) return -EMSGSIZE;
  }
}

/* What getdents64 gives. */
struct entry {
  unsigned long inode;
  i64 offset;
  unsigned short size;
  u8 type;
  char name[];
};
