/* Without headers, which cross compilers do not bring: says its arguments and one variable, and ends with how many there were. */
int printf(const char *, ...);
char *getenv(const char *);
void exit(int) __attribute__((noreturn));
int fflush(void *);

__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tldr x0, [sp]\n\tadd x1, sp, #8\n\tb begin\n");

__attribute__((used)) void begin(long count, char **words) {
  for (long at = 0; at < count; at++) printf("[%s]", words[at]);
  printf(" %s\n", getenv("WHO"));
  fflush(0);
  exit((int)count);
}
