#define _GNU_SOURCE
#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* A cgroup stays busy until the kernel has taken the last dead process out of it, which nothing announces on v1. */
#define REMOVE_DEADLINE_MS 60000
#define REMOVE_RETRY_MS 2

int complain(const char *operation, const char *path) {
  fprintf(stderr, LOAD_COMM ": %s %s: %s\n", operation, path, strerror(errno));
  return -1;
}

/* Fields: id parent device root mount-point options, any number of optional ones, "-", type source super-options. */
static int parse_mount(char *line, struct hierarchy *found) {
  char *rest = line, *field, *mount = NULL, *type = NULL, *super = NULL;
  unsigned major = 0, minor = 0;
  int after = -1;
  for (int index = 0; (field = strsep(&rest, " \n")) != NULL; index++) {
    if (index == 2 && sscanf(field, "%u:%u", &major, &minor) != 2) return 0;
    if (index == 4) mount = field;
    if (after >= 0) after++;
    else if (index >= 6 && strcmp(field, "-") == 0) after = 0;
    if (after == 1) type = field;
    if (after == 3) super = field;
  }
  if (type == NULL || mount == NULL || super == NULL || strchr(mount, '\\') != NULL) return 0;
  found->is_v2 = strcmp(type, "cgroup2") == 0;
  if (!found->is_v2 && strcmp(type, "cgroup") != 0) return 0;
  found->device = makedev(major, minor);
  found->is_cpuset_v1 = 0;
  for (char *option; !found->is_v2 && (option = strsep(&super, ",")) != NULL;)
    if (strcmp(option, "cpuset") == 0) found->is_cpuset_v1 = 1;
  return snprintf(found->mount, sizeof found->mount, "%s", mount) < (int)sizeof found->mount;
}

static int is_known(const struct hierarchies *all, dev_t device) {
  for (int i = 0; i < all->count; i++)
    if (all->list[i].device == device) return 1;
  return 0;
}

int find_hierarchies(struct hierarchies *found) {
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  if (mounts == NULL) return complain("open", "/proc/self/mountinfo");
  char *line = NULL;
  size_t room = 0;
  struct hierarchy one;
  found->count = 0;
  while (getline(&line, &room, mounts) > 0)
    if (found->count < MAX_HIERARCHIES && parse_mount(line, &one) && !is_known(found, one.device))
      found->list[found->count++] = one;
  free(line);
  fclose(mounts);
  return 0;
}

static int write_text(const char *path, const char *text, size_t length) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, text, length);
  int error = errno;
  close(fd);
  errno = error;
  return written == (ssize_t)length ? 0 : -1;
}

static ssize_t read_text(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, room - 1);
  close(fd);
  if (length >= 0) text[length] = '\0';
  return length;
}

/* A new v1 cpuset has no processors and takes nobody until it is given some. */
static int copy_from_parent(const char *directory, const char *file) {
  char from[PATH_MAX], to[PATH_MAX], text[4096];
  snprintf(from, sizeof from, "%s/../%s", directory, file);
  snprintf(to, sizeof to, "%s/%s", directory, file);
  ssize_t length = read_text(from, text, sizeof text);
  if (length < 0) return complain("read", from);
  return write_text(to, text, (size_t)length) < 0 ? complain("write", to) : 0;
}

/* What the parent may use, its children may use: only below a directory that we made. */
static void pass_on_controllers(const char *directory) {
  char path[PATH_MAX], text[1024], wish[64];
  snprintf(path, sizeof path, "%s/cgroup.controllers", directory);
  if (read_text(path, text, sizeof text) <= 0) return;
  snprintf(path, sizeof path, "%s/cgroup.subtree_control", directory);
  char *rest = text, *name;
  while ((name = strsep(&rest, " \n")) != NULL) {
    if (*name == '\0') continue;
    int length = snprintf(wish, sizeof wish, "+%s", name);
    /* One that cannot be passed on costs that controller, not the load. */
    if (write_text(path, wish, (size_t)length) < 0) complain("write", path);
  }
}

static int make_directory(const struct hierarchy *hierarchy, const char *directory, int is_leaf) {
  if (mkdir(directory, 0755) < 0) return complain("mkdir", directory);
  if (hierarchy->is_cpuset_v1 &&
      (copy_from_parent(directory, "cpuset.cpus") < 0 || copy_from_parent(directory, "cpuset.mems") < 0))
    return -1;
  if (hierarchy->is_v2 && !is_leaf) pass_on_controllers(directory);
  return 0;
}

static void own_path(char *path, const struct hierarchy *hierarchy, const char *below) {
  if (snprintf(path, PATH_MAX, "%s/" LOAD_COMM "-%d%s", hierarchy->mount, getpid(), below) >= PATH_MAX) {
    fprintf(stderr, LOAD_COMM ": path too long below %s\n", hierarchy->mount);
    exit(1);
  }
}

int make_parents(const struct hierarchies *all) {
  char path[PATH_MAX];
  for (int i = 0; i < all->count; i++) {
    own_path(path, &all->list[i], "");
    if (make_directory(&all->list[i], path, 0) < 0) return -1;
    printf("cgroup %s\n", path);
    own_path(path, &all->list[i], "/docker");
    if (make_directory(&all->list[i], path, 0) < 0) return -1;
  }
  return 0;
}

static void container_path(char *path, const struct hierarchy *hierarchy, const char *id, const char *file) {
  char below[ID_LENGTH + 64];
  snprintf(below, sizeof below, "/docker/%s%s", id, file);
  own_path(path, hierarchy, below);
}

/* Whether this hierarchy is the one that limits memory, and did; -1 when it would not. */
static int limit_memory(const struct hierarchy *hierarchy, const char *id, long mib) {
  char path[PATH_MAX], text[32];
  container_path(path, hierarchy, id, hierarchy->is_v2 ? "/memory.max" : "/memory.limit_in_bytes");
  if (access(path, F_OK) < 0) return 0;
  int length = snprintf(text, sizeof text, "%ld", mib << 20);
  return write_text(path, text, (size_t)length) < 0 ? complain("write", path) : 1;
}

int place_container(const struct hierarchies *all, const char *id, pid_t pid, long memory_mib) {
  char path[PATH_MAX], text[16];
  int length = snprintf(text, sizeof text, "%d", pid), limits = 0;
  for (int i = 0; i < all->count; i++) {
    container_path(path, &all->list[i], id, "");
    if (make_directory(&all->list[i], path, 1) < 0) return -1;
    int limited = memory_mib > 0 ? limit_memory(&all->list[i], id, memory_mib) : 0;
    if (limited < 0) return -1;
    limits += limited;
    container_path(path, &all->list[i], id, "/cgroup.procs");
    if (write_text(path, text, (size_t)length) < 0) return complain("write", path);
  }
  if (memory_mib == 0 || limits > 0) return 0;
  fputs(LOAD_COMM ": no hierarchy can limit memory\n", stderr);
  return -1;
}

/* Gone is gone: a cgroup that was never made or that a sweep took is not a failure. */
static int remove_directory(const char *path) {
  for (int waited = 0; rmdir(path) < 0; waited += REMOVE_RETRY_MS) {
    if (errno == ENOENT) return 0;
    if (errno != EBUSY || waited >= REMOVE_DEADLINE_MS) return complain("rmdir", path);
    nanosleep(&(struct timespec){.tv_nsec = REMOVE_RETRY_MS * 1000000L}, NULL);
  }
  return 0;
}

int remove_container(const struct hierarchies *all, const char *id) {
  char path[PATH_MAX];
  int worst = 0;
  for (int i = 0; i < all->count; i++) {
    container_path(path, &all->list[i], id, "");
    if (remove_directory(path) < 0) worst = -1;
  }
  return worst;
}

int remove_parents(const struct hierarchies *all) {
  char path[PATH_MAX];
  int worst = 0;
  for (int i = 0; i < all->count; i++) {
    own_path(path, &all->list[i], "/docker");
    if (remove_directory(path) < 0) worst = -1;
    own_path(path, &all->list[i], "");
    if (remove_directory(path) < 0) worst = -1;
  }
  return worst;
}

static int is_helper(const char *pid) {
  char path[PATH_MAX], comm[64];
  snprintf(path, sizeof path, "/proc/%s/comm", pid);
  return read_text(path, comm, sizeof comm) > 0 && strcmp(comm, LOAD_COMM "\n") == 0;
}

/* Deepest first; rmdir refuses what is not empty, and that is the point. */
static void remove_empty_tree(const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) return;
  char below[PATH_MAX];
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below) remove_empty_tree(below);
  }
  closedir(directory);
  rmdir(path);
}

int sweep(const struct hierarchies *all) {
  int removed = 0;
  char path[PATH_MAX];
  for (int i = 0; i < all->count; i++) {
    DIR *top = opendir(all->list[i].mount);
    if (top == NULL) return complain("open", all->list[i].mount);
    for (struct dirent *entry; (entry = readdir(top)) != NULL;) {
      if (strncmp(entry->d_name, LOAD_COMM "-", strlen(LOAD_COMM "-")) != 0) continue;
      if (is_helper(entry->d_name + strlen(LOAD_COMM "-"))) continue;
      if (snprintf(path, sizeof path, "%s/%s", all->list[i].mount, entry->d_name) >= (int)sizeof path) continue;
      remove_empty_tree(path);
      if (access(path, F_OK) < 0) removed++;
      else fprintf(stderr, LOAD_COMM ": %s is not empty: left alone\n", path);
    }
    closedir(top);
  }
  return removed;
}
