/*
 * Starts a program of another root, whose loader and libraries lie below a directory and not where the program looks for them
 * (tools.ts of attach says why). One file under many names: the last part of the path by which it was run says which program
 * is meant, and a table behind the code says where that lies. What it is, is seen from its first bytes:
 *
 *     a program with a loader    the loader of that root is run, with the directories of its libraries
 *     a script                   its interpreter is run, under the name that it has in the table
 *     anything else              run as it is
 *
 * It runs with the rights of who runs it, and changes nothing.
 */
#define TAKES_STACK
#include "syscall.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

enum {
  AT_FDCWD = -100, O_CLOEXEC = 02000000, AT_EXECFN = 31, PT_INTERP = 3, ENAMETOOLONG = 36,
  PATH_BYTES = 4096, HEAD_BYTES = 4096, CANNOT_RUN = 126, NOT_FOUND = 127,
};

/*
 * Right behind the code; see stub.ld. Strings with a zero byte at the end: the directory of the other root; the words that the
 * loader takes, up to an empty one; a word before the program's own name, or an empty one; and then by twos each name, or the path
 * of a loader, and where in the other root its file lies, up to an empty one.
 */
extern const char program[] __attribute__((visibility("hidden")));

struct elf { u8 ident[16]; u16 type, machine; u32 version; u64 entry, phoff, shoff; u32 flags; u16 ehsize, phentsize, phnum; };
struct segment { u32 type, flags; u64 offset, vaddr, paddr, filesz, memsz, align; };

static u64 length(const char *text) {
  u64 n = 0;
  while (text[n] != 0) n++;
  return n;
}

static int is_same(const char *a, const char *b) {
  while (*a != 0 && *a == *b) a++, b++;
  return *a == *b;
}

static const char *after(const char *text) { return text + length(text) + 1; }

static const char *last_part(const char *path) {
  const char *part = path;
  for (; *path != 0; path++)
    if (*path == '/') part = path + 1;
  return part;
}

static __attribute__((noreturn)) void give_up(const char *name, const char *why, long status) {
  const char *words[] = { "porthole: ", name, why };
  for (u32 i = 0; i < 3; i++) call(SYS_write, 2, (u64)words[i], length(words[i]), 0, 0, 0);
  for (;;) call(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* `into` has PATH_BYTES. */
static void joined(char *into, const char *a, const char *b, const char *name) {
  u64 at = 0;
  if (length(a) + length(b) >= PATH_BYTES) give_up(name, ": its path is too long\n", CANNOT_RUN);
  while (*a != 0) into[at++] = *a++;
  do into[at++] = *b; while (*b++ != 0);
}

struct table { const char *root, *loader_words, *name_word, *programs; };

static struct table table(void) {
  struct table t = { program, after(program), 0, 0 };
  const char *word = t.loader_words;
  while (*word != 0) word = after(word);
  t.name_word = word + 1;
  t.programs = after(t.name_word);
  return t;
}

static const char *place_of(const struct table *t, const char *name) {
  for (const char *entry = t->programs; *entry != 0; entry = after(after(entry)))
    if (is_same(entry, name)) return after(entry);
  return 0;
}

/* The name of the program's loader goes into `loader`; 0 when it has none. `head` are its first bytes. */
static int find_loader(long fd, const char *head, long bytes, char *loader) {
  const struct elf *elf = (const struct elf *)head;
  if (bytes < (long)sizeof *elf || head[4] != 2 || elf->phentsize != sizeof(struct segment)) return 0;
  for (u32 i = 0; i < elf->phnum; i++) {
    struct segment segment;
    if (call(SYS_pread64, fd, (u64)&segment, sizeof segment, elf->phoff + i * sizeof segment, 0, 0) != sizeof segment) return 0;
    if (segment.type != PT_INTERP || segment.filesz >= PATH_BYTES) continue;
    long got = call(SYS_pread64, fd, (u64)loader, segment.filesz, segment.offset, 0, 0);
    if (got <= 0) return 0;
    loader[got] = 0;
    return 1;
  }
  return 0;
}

/* Of a script's first line: the interpreter, and the rest of the line or 0. Both end in a zero byte, which is written here. */
static char *interpreter(char *head, long bytes, char **rest) {
  long at = 2, start;
  *rest = 0;
  head[bytes] = 0;
  while (head[at] == ' ' || head[at] == '\t') at++;
  start = at;
  while (head[at] != 0 && head[at] != ' ' && head[at] != '\t' && head[at] != '\n') at++;
  if (head[at] == ' ' || head[at] == '\t') {
    head[at++] = 0;
    while (head[at] == ' ' || head[at] == '\t') at++;
    if (head[at] != 0 && head[at] != '\n') *rest = head + at;
    while (head[at] != 0 && head[at] != '\n') at++;
    while (head[at - 1] == ' ' || head[at - 1] == '\t') at--;
  }
  head[at] = 0;
  return head + start;
}

__attribute__((noreturn, used)) void run(u64 *stack) {
  u64 argc = stack[0];
  const char **argv = (const char **)(stack + 1), **environment = argv + argc + 1;
  const char *own = argc > 0 ? argv[0] : "";
  const u64 *auxiliary = (const u64 *)environment;
  while (*auxiliary++ != 0) {}
  for (; auxiliary[0] != 0; auxiliary += 2)
    if (auxiliary[0] == AT_EXECFN) own = (const char *)auxiliary[1];

  struct table t = table();
  const char *name = last_part(own), *place = place_of(&t, name);
  if (place == 0) give_up(name, ": no such program among the tools\n", NOT_FOUND);
  char path[PATH_BYTES], loader_name[PATH_BYTES], loader[PATH_BYTES], head[HEAD_BYTES + 1];
  joined(path, t.root, place, name);

  long fd = call(SYS_openat, AT_FDCWD, (u64)path, O_CLOEXEC, 0, 0, 0);
  long bytes = fd < 0 ? 0 : call(SYS_pread64, fd, (u64)head, HEAD_BYTES, 0, 0, 0);
  u64 words = 0, most = argc + 8;
  for (const char *word = t.loader_words; *word != 0; word = after(word)) most++;
  const char *list[most];

  if (bytes > 4 && head[0] == 0x7f && head[1] == 'E' && find_loader(fd, head, bytes, loader_name)) {
    const char *found = place_of(&t, loader_name);
    joined(loader, t.root, found != 0 ? found : loader_name, name);
    list[words++] = loader;
    for (const char *word = t.loader_words; *word != 0; word = after(word)) list[words++] = word;
    if (*t.name_word != 0 && argc > 0) {
      list[words++] = t.name_word;
      list[words++] = argv[0];
    }
    list[words++] = path;
  } else if (bytes > 2 && head[0] == '#' && head[1] == '!') {
    char *rest, *found = interpreter(head, bytes, &rest);
    if (place_of(&t, last_part(found)) != 0) {
      joined(loader_name, "/tools/", last_part(found), name);
      joined(loader, t.root, loader_name, name);
      list[words++] = found;
      if (rest != 0) list[words++] = rest;
      list[words++] = path;
    }
  }
  long failure;
  if (words == 0) failure = call(SYS_execve, (u64)path, (u64)argv, (u64)environment, 0, 0, 0);
  else {
    for (u64 i = 1; i < argc; i++) list[words++] = argv[i];
    list[words] = 0;
    failure = call(SYS_execve, (u64)loader, (u64)list, (u64)environment, 0, 0, 0);
  }
  give_up(name, failure == -2 ? ": it or its loader is not there\n" : ": it cannot be run\n", failure == -2 ? NOT_FOUND : CANNOT_RUN);
}
