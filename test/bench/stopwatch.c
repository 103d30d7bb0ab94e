/*
 * What a command costs as a whole process: from before it is started until it has ended and all of its output is read.
 * A program of its own, because starting a child from a large process costs more than from a small one.
 *
 *   stopwatch null|pipe COMMAND...     prints `wallNsec cpuNsec status bytes`
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long now_nsec(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long nsec(struct timeval time) { return time.tv_sec * 1000000000L + time.tv_usec * 1000L; }

static void fail(const char *what, int error) {
  fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(error));
  exit(125);
}

int main(int count, char **words) {
  if (count < 3) {
    fputs("usage: stopwatch null|pipe COMMAND...\n", stderr);
    return 2;
  }
  int to_pipe = strcmp(words[1], "pipe") == 0, ends[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (to_pipe) {
    if (pipe2(ends, O_CLOEXEC) < 0) fail("pipe2", errno);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  } else posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

  pid_t child;
  long started = now_nsec(), bytes = 0;
  int error = posix_spawnp(&child, words[2], &actions, NULL, words + 2, environ);
  if (error != 0) fail(words[2], error);
  if (to_pipe) {
    static char buffer[65536];
    close(ends[1]);
    for (ssize_t got; (got = read(ends[0], buffer, sizeof buffer)) != 0;) {
      if (got > 0) bytes += got;
      else if (errno != EINTR) fail("read", errno);
    }
  }
  int status;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) fail("wait4", errno);
  long ended = now_nsec();
  printf("%ld %ld %d %ld\n", ended - started, nsec(usage.ru_utime) + nsec(usage.ru_stime),
         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes);
  return 0;
}
