/* Cgroups of the load helper: one parent of its own in every hierarchy, with docker/<64 hex> below it for each container. */
#ifndef PORTHOLE_LOAD_CGROUPS_H
#define PORTHOLE_LOAD_CGROUPS_H

#include <limits.h>
#include <sys/types.h>

#define LOAD_COMM "porthole-load"
/* 64 hex digits, as engines use them. */
#define ID_LENGTH 64
#define MAX_HIERARCHIES 32

struct hierarchy {
  char mount[PATH_MAX];
  dev_t device;
  int is_v2;
  int is_cpuset_v1;
};

struct hierarchies {
  struct hierarchy list[MAX_HIERARCHIES];
  int count;
};

/* Every mounted cgroup hierarchy once. Returns 0, or -1 with errno. */
int find_hierarchies(struct hierarchies *found);

/* Makes <mount>/porthole-load-<pid>/docker in each hierarchy. On failure says what failed on stderr and returns -1. */
int make_parents(const struct hierarchies *all);

/*
 * Makes the container's own cgroup in each hierarchy, limits its memory unless that is 0, and moves `pid` there. Says what
 * failed and returns -1; also when no hierarchy can limit memory.
 */
int place_container(const struct hierarchies *all, const char *id, pid_t pid, long memory_mib);

/* Removes one container's cgroups, waiting for its last process to leave them. Says what failed and returns -1. */
int remove_container(const struct hierarchies *all, const char *id);
int remove_parents(const struct hierarchies *all);

/* Removes what killed helpers left: porthole-load-<pid> whose pid is no helper any more. Returns how many, or -1. */
int sweep(const struct hierarchies *all);

/* `operation path: error` on stderr; returns -1. */
int complain(const char *operation, const char *path);

#endif
