/*
 * Load for this host, taken away again when stdin closes or a signal asks for it. Everything made here dies with this
 * process, SIGKILL included: containers are inits of their own pid namespaces with a parent-death signal.
 *
 *   porthole-load host PROCESSES CONTAINERS [--net] [--busy PERCENT] [--name HOSTNAME] [--memory-mib LIMIT]
 *   porthole-load storm RATE SECONDS [--contained]
 *   porthole-load sweep
 *
 * `host` prints `cgroup PATH` and `container ID INITPID` lines, then `ready`; `storm` prints `ready`, then `stormed N`.
 */
#define _GNU_SOURCE
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_CONTAINERS 2000
#define NSEC_PER_SEC 1000000000L
/* One period of a busy process: long enough to be counted in ticks, short enough to look steady. */
#define BUSY_PERIOD_NSEC 50000000L
/* Ends of stormed processes are spread over this, so that a scan meets them at every stage of their life. */
#define STORM_LONGEST_USEC 40000

struct container {
  char id[ID_LENGTH + 1];
  pid_t init;
};

struct wishes {
  long processes, containers, busy_percent, rate, seconds, memory_mib;
  int has_net, is_contained;
  /* Of every container; numbered names without. */
  const char *name;
};

static struct hierarchies hierarchies;
static struct container containers[MOST_CONTAINERS];
static int made;

static long now_nsec(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void sleep_until(long nsec) {
  struct timespec due = {nsec / NSEC_PER_SEC, nsec % NSEC_PER_SEC};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR) continue;
}

/* --- inside a container ------------------------------------------------------------------------------------------ */

static void keep_busy(long percent) {
  for (;;) {
    long started = now_nsec(CLOCK_MONOTONIC), used = now_nsec(CLOCK_PROCESS_CPUTIME_ID);
    while (now_nsec(CLOCK_PROCESS_CPUTIME_ID) - used < BUSY_PERIOD_NSEC / 100 * percent) continue;
    sleep_until(started + BUSY_PERIOD_NSEC);
  }
}

static void sleep_forever(void) {
  for (;;) pause();
}

static void one_short_life(unsigned random) {
  prctl(PR_SET_NAME, "short-lived");
  usleep(random % STORM_LONGEST_USEC);
  _exit(0);
}

/* RATE processes a second for SECONDS, on a grid; what a late tick missed is made up for. Returns how many. */
static long storm(const struct wishes *wishes, const struct pollfd stop[2]) {
  long started = now_nsec(CLOCK_MONOTONIC), total = wishes->rate * wishes->seconds, born = 0;
  pid_t self = getpid();
  unsigned random = (unsigned)started;
  while (born < total) {
    sleep_until(started + born * (NSEC_PER_SEC / wishes->rate));
    struct pollfd now[] = {stop[0], stop[1]};
    if (poll(now, 2, 0) > 0) break;
    random = random * 1103515245u + 12345u;
    pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != self) _exit(1);
      one_short_life(random >> 8);
    }
    if (child > 0) born++;
    else if (errno != EAGAIN) break;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
  while (wait(NULL) > 0 || errno == EINTR) continue;
  return born;
}

/* Runs as pid 1 of the new namespace and never returns. `members` includes itself. */
static void be_container(const struct wishes *wishes, long members, int number, int go, int born) {
  char letter, name[64];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* Nothing is made before the cgroups are right; end of file: our maker is dead. */
  if (read(go, &letter, 1) != 1) _exit(1);
  close(go);
  if (wishes->name != NULL) snprintf(name, sizeof name, "%s", wishes->name);
  else snprintf(name, sizeof name, "box-%d", number);
  if (sethostname(name, strlen(name)) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) _exit(2);
  prctl(PR_SET_NAME, "box-init");
  for (long i = 1; i < members; i++) {
    pid_t child = fork();
    if (child < 0) _exit(3);
    if (child > 0) continue;
    close(born);
    prctl(PR_SET_NAME, i == 1 && wishes->busy_percent > 0 ? "busy" : "sleeper");
    if (i == 1 && wishes->busy_percent > 0) keep_busy(wishes->busy_percent);
    sleep_forever();
  }
  if (write(born, "b", 1) != 1) _exit(4);
  close(born);
  if (wishes->rate > 0) {
    storm(wishes, (struct pollfd[2]){{-1, 0, 0}, {-1, 0, 0}});
    _exit(0);
  }
  sleep_forever();
}

/* --- outside ----------------------------------------------------------------------------------------------------- */

static void make_id(char *id) {
  unsigned char bytes[ID_LENGTH / 2];
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) abort();
  for (size_t i = 0; i < sizeof bytes; i++) snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static void detach_stdio(void) {
  int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  close(null);
}

static int make_container(const struct wishes *wishes, long members, int born) {
  struct container *container = &containers[made];
  int go[2];
  long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | (wishes->has_net ? CLONE_NEWNET : 0);
  make_id(container->id);
  if (pipe2(go, O_CLOEXEC) < 0) return complain("pipe2", "");
  fflush(stdout);
  container->init = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (container->init < 0) return complain("clone", "");
  if (container->init == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(go[1]);
    detach_stdio();
    be_container(wishes, members, made, go[0], born);
  }
  made++;
  close(go[0]);
  int placed = place_container(&hierarchies, container->id, container->init, wishes->memory_mib);
  if (placed == 0 && write(go[1], "g", 1) != 1) placed = complain("write", "go");
  close(go[1]);
  if (placed == 0) printf("container %s %d\n", container->id, container->init);
  return placed;
}

/* Until every container has said that its processes exist; fewer than all of them say so when one fails. */
static int wait_born(int born) {
  char letters[256];
  int count = 0;
  for (ssize_t got; (got = read(born, letters, sizeof letters)) != 0;) {
    if (got > 0) count += (int)got;
    else if (errno != EINTR) return complain("read", "born");
  }
  if (count == made) return 0;
  fprintf(stderr, LOAD_COMM ": %d of %d containers failed\n", made - count, made);
  return -1;
}

static int make_all(const struct wishes *wishes) {
  int born[2];
  if (pipe2(born, O_CLOEXEC) < 0) return complain("pipe2", "");
  if (make_parents(&hierarchies) < 0) return -1;
  for (long i = 0; i < wishes->containers; i++) {
    long members = wishes->processes / wishes->containers + (i < wishes->processes % wishes->containers);
    if (make_container(wishes, members, born[1]) < 0) return -1;
  }
  close(born[1]);
  int all = wait_born(born[0]);
  close(born[0]);
  return all;
}

/* Own children only. A dead pid namespace init has been waited for together with all of its namespace. */
static int unmake_all(void) {
  int worst = 0;
  for (int i = 0; i < made; i++) kill(containers[i].init, SIGKILL);
  for (int i = 0; i < made; i++)
    while (waitpid(containers[i].init, NULL, 0) < 0 && errno == EINTR) continue;
  for (int i = 0; i < made; i++)
    if (remove_container(&hierarchies, containers[i].id) < 0) worst = -1;
  if (remove_parents(&hierarchies) < 0) worst = -1;
  return worst;
}

static int asked_to_stop(int signals) {
  struct pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    if (poll(sources, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return complain("poll", "");
    }
    char ignored[256];
    if (sources[0].revents != 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return 0;
    struct signalfd_siginfo info;
    if (sources[1].revents == 0 || read(signals, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo != SIGCHLD) return 0;
    /* A container that ends by itself (a contained storm) is collected with the others. */
  }
}

static int signal_source(int with_children) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  if (with_children) sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC);
}

static int be_host(const struct wishes *wishes) {
  int signals = signal_source(1);
  if (signals < 0) return complain("signalfd", "");
  int result = make_all(wishes);
  if (result == 0) {
    puts("ready");
    fflush(stdout);
    result = asked_to_stop(signals);
  }
  return unmake_all() < 0 ? -1 : result;
}

static int be_storm(const struct wishes *wishes) {
  int signals = signal_source(0);
  if (signals < 0) return complain("signalfd", "");
  puts("ready");
  fflush(stdout);
  /* Closing its stdin ends it; what is written there does not. */
  printf("stormed %ld\n", storm(wishes, (struct pollfd[2]){{STDIN_FILENO, POLLRDHUP, 0}, {signals, POLLIN, 0}}));
  return 0;
}

static long number(const char *text, long least, long most) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*text != '\0' && *end == '\0' && value >= least && value <= most) return value;
  fprintf(stderr, LOAD_COMM ": %s: expected %ld to %ld\n", text, least, most);
  exit(2);
}

static int usage(void) {
  fputs("usage: " LOAD_COMM " host PROCESSES CONTAINERS [--net] [--busy PERCENT] [--name HOSTNAME] [--memory-mib LIMIT]"
        " | storm RATE SECONDS [--contained] | sweep\n",
        stderr);
  return 2;
}

int main(int count, char **words) {
  struct wishes wishes = {0};
  prctl(PR_SET_NAME, LOAD_COMM);
  if (find_hierarchies(&hierarchies) < 0) return 1;
  if (count == 2 && strcmp(words[1], "sweep") == 0) {
    int removed = sweep(&hierarchies);
    if (removed >= 0) printf("swept %d\n", removed);
    return removed < 0;
  }
  if (count < 4) return usage();
  for (int i = 4; i < count; i++) {
    if (strcmp(words[i], "--net") == 0) wishes.has_net = 1;
    else if (strcmp(words[i], "--contained") == 0) wishes.is_contained = 1;
    else if (strcmp(words[i], "--busy") == 0 && i + 1 < count) wishes.busy_percent = number(words[++i], 1, 100);
    else if (strcmp(words[i], "--name") == 0 && i + 1 < count) wishes.name = words[++i];
    else if (strcmp(words[i], "--memory-mib") == 0 && i + 1 < count) wishes.memory_mib = number(words[++i], 1, 1 << 20);
    else return usage();
  }
  if (strcmp(words[1], "host") == 0) {
    wishes.processes = number(words[2], 1, 100000);
    wishes.containers = number(words[3], 1, wishes.processes < MOST_CONTAINERS ? wishes.processes : MOST_CONTAINERS);
    return be_host(&wishes) < 0;
  }
  if (strcmp(words[1], "storm") != 0) return usage();
  wishes.rate = number(words[2], 1, 10000);
  wishes.seconds = number(words[3], 1, 86400);
  if (!wishes.is_contained) return be_storm(&wishes) < 0;
  wishes.processes = wishes.containers = 1;
  return be_host(&wishes) < 0;
}
