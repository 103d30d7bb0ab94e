/*
 * What the kernel does to processes that do odd things, for test/live/pitfalls-*.test.ts. One word says what to do; a line on
 * standard output says that it is done, and the process stays until its standard input ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static int stay(void)
{
	char byte;
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}

static void put(const char *directory, const char *file, const char *text)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, file);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* name TEXT: calls itself so. */
static int name(char **argv)
{
	if (prctl(PR_SET_NAME, argv[0]))
		die("prctl");
	say("ready");
	return stay();
}

/* thread DIRECTORY: a thread with namespaces, rights, a name and a v1 cgroup of its own. Says its tid. */
static void *apart(void *directory)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { 0 };
	char line[32];

	if (unshare(CLONE_NEWNET | CLONE_NEWUTS))
		die("unshare");
	put(directory, "tasks", "0");
	if (prctl(PR_SET_NAME, "apart") || syscall(SYS_capset, &header, none))
		die("capset");
	snprintf(line, sizeof line, "%ld", syscall(SYS_gettid));
	say(line);
	pause();
	return NULL;
}

static int thread(char **argv)
{
	pthread_t id;
	pthread_create(&id, NULL, apart, argv[0]);
	return stay();
}

/* mounts DIRECTORY COUNT: that many mounts in a mount namespace of its own. */
static int mounts(char **argv)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare");
	for (int left = atoi(argv[1]); left > 0; left--)
		if (mount(argv[0], argv[0], NULL, MS_BIND, NULL))
			die("mount");
	say("ready");
	return stay();
}

/* argv: the page with its arguments is missing, and nobody serves the fault. */
static int hang(char **argv)
{
	uintptr_t page = (uintptr_t)argv[0] & ~(uintptr_t)4095;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { page, 4096 }, .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		die("userfaultfd");
	if (madvise((void *)page, 4096, MADV_DONTNEED))
		die("madvise");
	say("ready");
	return stay();
}

/* poll FILE: reads it, then says what poll says, and what it holds then. */
static int poll_file(char **argv)
{
	char text[256];
	struct pollfd wait = { open(argv[0], O_RDONLY), POLLPRI, 0 };

	if (wait.fd < 0 || pread(wait.fd, text, sizeof text, 0) < 0)
		die(argv[0]);
	say("ready");
	if (poll(&wait, 1, 20000) != 1)
		die("poll");
	text[pread(wait.fd, text, sizeof text - 1, 0)] = 0;
	for (char *each = text; *each; each++)
		if (*each == '\n')
			*each = ' ';
	printf("%s%s\n", wait.revents & POLLPRI ? "POLLPRI " : "", text);
	fflush(stdout);
	return stay();
}

/* threshold DIRECTORY: v1 memory passes 1 MiB, and an eventfd counts it. */
static int threshold(char **argv)
{
	char path[4096], line[64];
	int event = eventfd(0, 0);

	snprintf(path, sizeof path, "%s/memory.usage_in_bytes", argv[0]);
	int usage = open(path, O_RDONLY);
	snprintf(line, sizeof line, "%d %d 1048576", event, usage);
	put(argv[0], "cgroup.event_control", line);
	pid_t child = fork();
	if (child == 0) {
		put(argv[0], "cgroup.procs", "0");
		memset(malloc(8 << 20), 1, 8 << 20);
		pause();
	}
	struct pollfd wait = { event, POLLIN, 0 };
	uint64_t count = 0;
	if (poll(&wait, 1, 20000) == 1 && read(event, &count, sizeof count) < 0)
		die("eventfd");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("%s\n", count > 0 ? "told" : "not told");
	fflush(stdout);
	return stay();
}

/* socket: a net namespace that a socket of ours keeps, and no process. Says its inode and the descriptor. */
static int lone_socket(char **argv)
{
	struct stat inside;
	int home = open("/proc/self/ns/net", O_RDONLY);

	(void)argv;
	if (unshare(CLONE_NEWNET) || stat("/proc/self/ns/net", &inside))
		die("unshare");
	int kept = socket(AF_INET, SOCK_STREAM, 0);
	if (kept < 0 || setns(home, CLONE_NEWNET))
		die("setns");
	close(home);
	printf("%lu %d\n", (unsigned long)inside.st_ino, kept);
	fflush(stdout);
	return stay();
}

/* nested: a user namespace in a user namespace, and nobody in the outer one. */
static int nested(char **argv)
{
	(void)argv;
	if (unshare(CLONE_NEWUSER))
		die("unshare");
	/* Who has no id in a user namespace may not make another one in it. */
	put("/proc/self", "setgroups", "deny");
	put("/proc/self", "uid_map", "0 0 1");
	put("/proc/self", "gid_map", "0 0 1");
	if (unshare(CLONE_NEWUSER))
		die("unshare");
	say("ready");
	return stay();
}

/* time: a time namespace for children, of which there are none. */
static int time_for_children(char **argv)
{
	(void)argv;
	if (unshare(0x80))
		die("unshare");
	say("ready");
	return stay();
}

/* tmpfs DIRECTORY: 3 MiB on a tmpfs of its own, in this v1 memory cgroup. */
static int tmpfs(char **argv)
{
	static char block[1 << 20];
	put(argv[0], "cgroup.procs", "0");
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/mnt", "tmpfs", 0, NULL))
		die("mount");
	int fd = open("/mnt/file", O_CREAT | O_WRONLY, 0600);
	for (int i = 0; i < 3; i++)
		if (write(fd, block, sizeof block) != sizeof block)
			die("write");
	say("ready");
	return stay();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(char **);
	} all[] = {
		{ "name", name },	{ "thread", thread },	    { "mounts", mounts },      { "argv", hang },
		{ "poll", poll_file },	{ "threshold", threshold }, { "socket", lone_socket }, { "nested", nested },
		{ "tmpfs", tmpfs },	{ "time", time_for_children },
	};
	for (size_t i = 0; argc > 1 && i < sizeof all / sizeof *all; i++)
		if (strcmp(argv[1], all[i].word) == 0)
			return all[i].run(argv + 2);
	say("which?");
	return 2;
}
