/*
 * The yardstick of the scan: reads what the `processes` collector reads, and does nothing with it. For each process stat;
 * for each that is no kernel thread also cgroup, eight ns links and the root link. Prints, for each scan asked for, its
 * time in nanoseconds, elapsed and on the processor, then what the last one read.
 *
 *   scan TIMES
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PF_KTHREAD 0x00200000

struct counts {
  long processes, stat, cgroup, ns, root;
};

static char buffer[256 * 1024];
static const char *const types[] = {"mnt", "pid", "net", "user", "uts", "ipc", "cgroup", "time"};

static ssize_t read_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, buffer, sizeof buffer - 1);
  close(fd);
  if (length >= 0) buffer[length] = '\0';
  return length;
}

/* Field 9 of stat; the one thing that must be known before the next file. */
static int is_kernel_thread(void) {
  char *after = strrchr(buffer, ')');
  for (int blanks = 0; after != NULL && blanks < 7; blanks++) after = strchr(after + 1, ' ');
  return after != NULL && (strtoul(after, NULL, 10) & PF_KTHREAD) != 0;
}

static void one_process(const char *pid, struct counts *counts) {
  char path[64];
  int length = snprintf(path, sizeof path, "/proc/%.20s/", pid);
  char *file = path + length;
  strcpy(file, "stat");
  counts->stat++;
  if (read_file(path) <= 0) return;
  counts->processes++;
  if (is_kernel_thread()) return;
  strcpy(file, "cgroup");
  counts->cgroup++;
  if (read_file(path) < 0) return;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    strcpy(file, "ns/");
    strcpy(file + 3, types[i]);
    counts->ns++;
    /* One refusal answers for all of them, and for root. */
    if (readlink(path, buffer, sizeof buffer) < 0 && errno != ENOENT) return;
  }
  strcpy(file, "root");
  counts->root++;
  if (readlink(path, buffer, sizeof buffer) < 0) return;
}

static int scan(struct counts *counts) {
  *counts = (struct counts){0};
  DIR *proc = opendir("/proc");
  if (proc == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(proc)) != NULL;)
    if (isdigit((unsigned char)entry->d_name[0])) one_process(entry->d_name, counts);
  return closedir(proc);
}

static long now_nsec(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

int main(int count, char **words) {
  struct counts counts = {0};
  long times = count == 2 ? atol(words[1]) : 0;
  if (times < 1) {
    fputs("usage: scan TIMES\n", stderr);
    return 2;
  }
  for (long i = 0; i < times; i++) {
    long started = now_nsec(CLOCK_MONOTONIC), used = now_nsec(CLOCK_PROCESS_CPUTIME_ID);
    if (scan(&counts) < 0) {
      perror("/proc");
      return 1;
    }
    long elapsed = now_nsec(CLOCK_MONOTONIC) - started;
    printf("nsec %ld %ld\n", elapsed, now_nsec(CLOCK_PROCESS_CPUTIME_ID) - used);
  }
  printf("processes %ld stat %ld cgroup %ld ns %ld root %ld\n", counts.processes, counts.stat, counts.cgroup, counts.ns,
         counts.root);
  return 0;
}
