/*
 * What the program that we are, Node, has read of its own file in its start and does not read again. When a process ends the
 * kernel takes each page back that it has, some thousand of such, and who waits for the process waits for that.
 */
#ifndef START_UP_H
#define START_UP_H

#include "helper.h"

#define AT_NULL 0
#define AT_PHDR 3
#define AT_PHNUM 5
#define PT_LOAD 1
#define PT_PHDR 6
#define PF_R 4
#define MADV_DONTNEED 4
#define PAGE_BYTES 4096
#define AUXV_BYTES 1024

/* Of an ELF file with 64 bits. */
struct program_header {
  unsigned int type, flags;
  unsigned long offset, address, physical, file_bytes, bytes, alignment;
};

/*
 * Gives back what is only read: symbols, text, tables. Nobody can have written there, so that whoever needs one of them after all
 * finds it again, as the kernel has the file.
 */
static inline void give_back_start_up(void) {
  unsigned long auxv[AUXV_BYTES / sizeof(unsigned long)];
  i64 length = read_whole((const u8 *)"/proc/self/auxv", (u8 *)auxv, sizeof auxv);
  const struct program_header *headers = 0;
  unsigned long count = 0;
  for (i64 at = 0; (at + 2) * (i64)sizeof *auxv <= length && auxv[at] != AT_NULL; at += 2) {
    if (auxv[at] == AT_PHDR) headers = (const struct program_header *)auxv[at + 1];
    if (auxv[at] == AT_PHNUM) count = auxv[at + 1];
  }
  if (headers == 0) return;
  /* How far from where it says it lies: the headers say where they are themselves. */
  unsigned long moved = 0;
  int is_known = 0;
  for (unsigned long at = 0; at < count; at++) {
    if (headers[at].type != PT_PHDR) continue;
    moved = (unsigned long)headers - headers[at].address;
    is_known = 1;
  }
  for (unsigned long at = 0; is_known && at < count; at++) {
    if (headers[at].type != PT_LOAD || headers[at].flags != PF_R) continue;
    unsigned long from = (headers[at].address + moved) & ~(PAGE_BYTES - 1UL);
    call(SYS_madvise, (i64)from, (i64)(headers[at].address + moved + headers[at].bytes - from), MADV_DONTNEED, 0);
  }
}

#endif
