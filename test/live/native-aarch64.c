/*
 * Calls one function of a shared object of aarch64, and prints what it returns. Without headers, which cross compilers do not bring.
 *
 *     native-aarch64 OBJECT FUNCTION ARGUMENT...     an argument: a number, /FILE (mapped, and changed by the call), :DIRECTORY (opened)
 */
int printf(const char *, ...);
int fflush(void *);
void exit(int) __attribute__((noreturn));
int open(const char *, int, ...);
long lseek(int, long, int);
void *mmap(void *, unsigned long, int, int, int, long);
void *dlopen(const char *, int);
void *dlsym(void *, const char *);
long atol(const char *);

enum { O_RDWR = 2, SEEK_END = 2, PROT_READ_WRITE = 3, MAP_SHARED = 1, RTLD_NOW = 2, MOST = 10 };

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tldr x0, [sp]\n\tadd x1, sp, #8\n\tb begin\n");

static long value_of(const char *word) {
  if (*word == ':') return open(word + 1, 0);
  if (*word != '/') return atol(word);
  int fd = open(word, O_RDWR);
  return (long)mmap(0, (unsigned long)lseek(fd, 0, SEEK_END), PROT_READ_WRITE, MAP_SHARED, fd, 0);
}

__attribute__((used)) void begin(long count, char **words) {
  long (*function)(long, long, long, long, long, long, long, long, long, long) =
      count < 3 ? 0 : (long (*)(long, long, long, long, long, long, long, long, long, long))dlsym(dlopen(words[1], RTLD_NOW), words[2]);
  long a[MOST] = {0};
  if (function == 0 || count > 3 + MOST) exit(2);
  for (long at = 3; at < count; at++) a[at - 3] = value_of(words[at]);
  printf("%ld\n", function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]));
  fflush(0);
  exit(0);
}
