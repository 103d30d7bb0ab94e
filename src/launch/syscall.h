/*
 * The way into the kernel, and the numbers that the stub and the starter use, for the two processors they are made for. With
 * TAKES_STACK `run` is given the stack as the kernel made it: arguments, environment, auxiliary vector.
 */
#ifdef __x86_64__

enum {
  SYS_write = 1, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_getpid = 39, SYS_wait4 = 61, SYS_kill = 62,
  SYS_rt_sigtimedwait = 128, SYS_prctl = 157, SYS_exit_group = 231, SYS_pread64 = 17, SYS_execve = 59, SYS_openat = 257,
};

#ifdef TAKES_STACK
__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\tcall run\n");
#else
__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tandq $-16, %rsp\n\tcall run\n");
#endif

static inline long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

enum {
  SYS_write = 64, SYS_exit_group = 94, SYS_kill = 129, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135,
  SYS_rt_sigtimedwait = 137, SYS_prctl = 167, SYS_getpid = 172, SYS_wait4 = 260, SYS_openat = 56, SYS_pread64 = 67,
  SYS_execve = 221,
};

#ifdef TAKES_STACK
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tb run\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tb run\n");
#endif

static inline long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

#else
#error "no other processor"
#endif
