#ifndef SYSCALLS_H
#define SYSCALLS_H
/*
 * What every part of the native library stands on: no libc, nothing but system calls, no memory but the caller's.
 * For x86_64 and aarch64; build.mjs makes one shared object for each of all the C files beside it.
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

#ifdef __x86_64__

enum {
  SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_fstat = 5, SYS_mmap = 9, SYS_munmap = 11, SYS_rt_sigprocmask = 14,
  SYS_ioctl = 16, SYS_pread64 = 17, SYS_sched_yield = 24, SYS_madvise = 28, SYS_getpid = 39, SYS_recvfrom = 45, SYS_sendmsg = 46,
  SYS_recvmsg = 47, SYS_socketpair = 53, SYS_clone = 56, SYS_exit = 60, SYS_wait4 = 61, SYS_kill = 62, SYS_getppid = 110,
  SYS_setpriority = 141, SYS_prctl = 157, SYS_gettid = 186, SYS_getxattr = 191, SYS_futex = 202, SYS_getdents64 = 217,
  SYS_clock_gettime = 228, SYS_tgkill = 234, SYS_openat = 257, SYS_readlinkat = 267, SYS_ppoll = 271, SYS_eventfd2 = 290,
  SYS_statx = 332,
};

static inline i64 call6(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
  i64 result;
  register i64 r10 __asm__("r10") = d;
  register i64 r8 __asm__("r8") = e;
  register i64 r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

enum {
  SYS_getxattr = 8, SYS_eventfd2 = 19, SYS_ioctl = 29, SYS_openat = 56, SYS_close = 57, SYS_getdents64 = 61, SYS_read = 63,
  SYS_write = 64, SYS_pread64 = 67, SYS_ppoll = 73, SYS_readlinkat = 78, SYS_fstat = 80, SYS_exit = 93, SYS_futex = 98,
  SYS_clock_gettime = 113, SYS_sched_yield = 124, SYS_kill = 129, SYS_tgkill = 131, SYS_rt_sigprocmask = 135,
  SYS_setpriority = 140, SYS_prctl = 167, SYS_getpid = 172, SYS_getppid = 173, SYS_gettid = 178, SYS_socketpair = 199,
  SYS_recvfrom = 207, SYS_sendmsg = 211, SYS_recvmsg = 212, SYS_munmap = 215, SYS_clone = 220, SYS_mmap = 222, SYS_madvise = 233,
  SYS_wait4 = 260, SYS_statx = 291,
};

static inline i64 call6(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e, i64 f) {
  register i64 x8 __asm__("x8") = number;
  register i64 x0 __asm__("x0") = a;
  register i64 x1 __asm__("x1") = b;
  register i64 x2 __asm__("x2") = c;
  register i64 x3 __asm__("x3") = d;
  register i64 x4 __asm__("x4") = e;
  register i64 x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

#else
#error "no other processor"
#endif

static inline i64 call5(i64 number, i64 a, i64 b, i64 c, i64 d, i64 e) { return call6(number, a, b, c, d, e, 0); }
static inline i64 call(i64 number, i64 a, i64 b, i64 c, i64 d) { return call5(number, a, b, c, d, 0); }

/* The same on both. */
enum { SYS_close_range = 436, SYS_openat2 = 437 };

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

#endif
