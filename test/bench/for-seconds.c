/*
 * What a command that runs until it is stopped costs in a given time: it is started, asked to end after that time with
 * SIGTERM, and waited for. All of its threads count, and the children it has waited for; start-up and end count too.
 * It keeps our stdio, so that it can be run in a terminal.
 *
 *   for-seconds SECONDS REPORT COMMAND...     writes `wallNsec cpuNsec isEarly status peakKib rssKib` to the file REPORT
 *
 * isEarly is 1 when the command ended by itself, with `status` (128+n: signal n). Memory is the command's own, resident, just
 * before it is asked to end; -1 when it was gone by then. Dies with the process that started it, and the command with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* After this a command that ignores SIGTERM is killed. */
#define PATIENCE_SECONDS 10

static long now_nsec(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long nsec(struct timeval time) { return time.tv_sec * 1000000000L + time.tv_usec * 1000L; }

static void fail(const char *what) {
  fprintf(stderr, "for-seconds: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void run(char **words, const sigset_t *old) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigprocmask(SIG_SETMASK, old, NULL);
  execvp(words[0], words);
  fail(words[0]);
}

/* The signal that ended the wait, 0 when the time is over. */
static int wait_signal(const sigset_t *set, long nsec) {
  long due = now_nsec() + nsec;
  for (;;) {
    long left = due - now_nsec();
    if (left <= 0) return 0;
    int got = sigtimedwait(set, NULL, &(struct timespec){left / 1000000000L, left % 1000000000L});
    if (got > 0) return got;
    if (errno != EAGAIN && errno != EINTR) fail("sigtimedwait");
  }
}

struct memory {
  long peak_kib, rss_kib;
};

static struct memory memory_of(pid_t pid) {
  struct memory found = {-1, -1};
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *status = fopen(path, "re");
  if (status == NULL) return found;
  while (fgets(line, sizeof line, status) != NULL) {
    sscanf(line, "VmHWM: %ld kB", &found.peak_kib);
    sscanf(line, "VmRSS: %ld kB", &found.rss_kib);
  }
  fclose(status);
  return found;
}

int main(int count, char **words) {
  if (count < 4) {
    fputs("usage: for-seconds SECONDS REPORT COMMAND...\n", stderr);
    return 2;
  }
  long seconds = atol(words[1]);
  sigset_t set, old;
  sigemptyset(&set);
  for (const int *each = (const int[]){SIGCHLD, SIGTERM, SIGINT, SIGHUP, 0}; *each != 0; each++) sigaddset(&set, *each);
  sigprocmask(SIG_BLOCK, &set, &old);
  prctl(PR_SET_PDEATHSIG, SIGTERM);

  long started = now_nsec();
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) run(words + 3, &old);

  int got = wait_signal(&set, seconds * 1000000000L), status;
  struct rusage usage;
  struct memory memory = memory_of(child);
  if (got != SIGCHLD) {
    kill(child, SIGTERM);
    sigset_t ended;
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    if (wait_signal(&ended, PATIENCE_SECONDS * 1000000000L) == 0) kill(child, SIGKILL);
  }
  if (wait4(child, &status, 0, &usage) < 0) fail("wait4");
  if (got != SIGCHLD && got != 0) return 128 + got;
  FILE *report = fopen(words[2], "we");
  if (report == NULL) fail(words[2]);
  fprintf(report, "%ld %ld %d %d %ld %ld\n", now_nsec() - started, nsec(usage.ru_utime) + nsec(usage.ru_stime),
          got == SIGCHLD, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), memory.peak_kib,
          memory.rss_kib);
  return fclose(report) == 0 ? 0 : 1;
}
