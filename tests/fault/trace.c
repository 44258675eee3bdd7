// SPDX-License-Identifier: Apache-2.0
/*
 * A command and its children under ptrace(2).
 * Should: be sure which call of which process it is that is hit.
 * Must not: leave anybody traced.
 */
#include "tests/fault/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 32
#define PATIENCE_SEC                                                                               \
	20 /* a traced create takes a tenth of a second; 20 s is for a loaded machine */

struct process {
	pid_t pid;
	long calls;
	bool counts;  /* it is the command, and not yet another program */
	bool failing; /* the call it is in was taken from it */
	bool gone;
};

struct session {
	const struct blow *blow;
	struct traced *out;
	struct process processes[PROCESSES_MAX];
	int count;
	bool letting_go;
};

static volatile sig_atomic_t out_of_time;

static void on_alarm(int number)
{
	(void) number;
	out_of_time = 1;
}

static struct process *find(struct session *session, pid_t pid)
{
	int i;

	for (i = 0; i < session->count; i++)
		if (session->processes[i].pid == pid && !session->processes[i].gone)
			return &session->processes[i];
	if (session->count == PROCESSES_MAX) {
		fprintf(stderr, "trace: more than %d processes\n", PROCESSES_MAX);
		exit(2);
	}
	session->processes[session->count] =
		(struct process){ .pid = pid, .counts = session->count > 0 };
	return &session->processes[session->count++];
}

/* What cannot fail (close(2) gives the descriptor up whatever it returns), or what libc does not survive. */
static bool cannot_fail(long nr)
{
	static const long calls[] = { SYS_exit,	  SYS_exit_group,  SYS_rt_sigreturn,	SYS_getpid,
				      SYS_gettid, SYS_getppid,	   SYS_getuid,		SYS_geteuid,
				      SYS_getgid, SYS_getegid,	   SYS_restart_syscall, SYS_umask,
				      SYS_close,  SYS_rt_sigaction };
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i] == nr)
			return true;
	return false;
}

static void strike(struct session *session, struct process *process, long nr)
{
	struct user_regs_struct regs;

	session->out->hit = true;
	session->out->nr = nr;
	if (session->blow->error == 0) {
		(void) kill(process->pid, SIGKILL);
		return;
	}
	if (cannot_fail(nr) || ptrace(PTRACE_GETREGS, process->pid, NULL, &regs) < 0)
		return;
	regs.orig_rax = (unsigned long long) -1;
	(void) ptrace(PTRACE_SETREGS, process->pid, NULL, &regs);
	process->failing = true;
}

static void fail_now(const struct session *session, struct process *process)
{
	struct user_regs_struct regs;

	process->failing = false;
	if (ptrace(PTRACE_GETREGS, process->pid, NULL, &regs) < 0)
		return;
	regs.rax = (unsigned long long) -session->blow->error;
	(void) ptrace(PTRACE_SETREGS, process->pid, NULL, &regs);
}

static void at_call(struct session *session, struct process *process)
{
	struct __ptrace_syscall_info info;
	bool is_it = process == &session->processes[session->blow->process];

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) <= 0)
		return;
	if (process->failing && info.op == PTRACE_SYSCALL_INFO_EXIT)
		fail_now(session, process);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !process->counts)
		return;
	process->calls++;
	if (is_it && process->calls == session->blow->number)
		strike(session, process, (long) info.entry.nr);
}

/* The command's own exec begins the count (it executes itself once more); a child's ends it. */
static void at_exec(struct session *session, struct process *process)
{
	process->counts = process == &session->processes[0];
}

/* In the order of birth, whoever's stop is seen first. */
static void at_birth(struct session *session, pid_t pid)
{
	unsigned long child = 0;

	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
		(void) find(session, (pid_t) child);
}

static void go_on(struct session *session, pid_t pid, int status)
{
	struct process *process = find(session, pid);
	int event = status >> 16;
	int signal = WSTOPSIG(status);
	int pass = 0;

	if (signal == (SIGTRAP | 0x80))
		at_call(session, process);
	else if (event == PTRACE_EVENT_EXEC)
		at_exec(session, process);
	else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		 event == PTRACE_EVENT_CLONE)
		at_birth(session, pid);
	else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		/* A group stop: it stays stopped, and we listen. */
		if (!session->letting_go) {
			(void) ptrace(PTRACE_LISTEN, pid, NULL, NULL);
			return;
		}
	} else if (event == 0)
		pass = signal;
	if (session->letting_go)
		(void) ptrace(PTRACE_DETACH, pid, NULL, (void *) (long) pass);
	else
		(void) ptrace(PTRACE_SYSCALL, pid, NULL, (void *) (long) pass);
	process->gone = process->gone || session->letting_go;
}

static void at_end(struct session *session, pid_t pid, int status)
{
	struct process *process = find(session, pid);
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	process->gone = true;
	if (signal != 0 && signal != SIGKILL && signal != SIGTERM)
		session->out->crashed = signal;
	if (process == &session->processes[0])
		session->out->status = status;
}

static void kill_everybody(struct session *session)
{
	int i;

	session->out->hung = true;
	for (i = 0; i < session->count; i++)
		if (!session->processes[i].gone)
			(void) kill(session->processes[i].pid, SIGKILL);
}

static bool anybody_left(const struct session *session)
{
	int i;

	for (i = 0; i < session->count; i++)
		if (!session->processes[i].gone)
			return true;
	return false;
}

static void follow(struct session *session)
{
	int status;
	pid_t pid;

	while (anybody_left(session) && !(session->processes[0].gone && !session->letting_go)) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR && out_of_time) {
			if (session->out->hung)
				return;
			kill_everybody(session);
			(void) alarm(5);
			out_of_time = 0;
			continue;
		}
		if (pid < 0)
			return;
		if (WIFSTOPPED(status))
			go_on(session, pid, status);
		else
			at_end(session, pid, status);
	}
}

static void let_go(struct session *session)
{
	int i;

	session->letting_go = true;
	for (i = 0; i < session->count; i++)
		if (!session->processes[i].gone &&
		    ptrace(PTRACE_INTERRUPT, session->processes[i].pid, NULL, NULL) < 0 &&
		    errno == ESRCH && kill(session->processes[i].pid, 0) < 0)
			session->processes[i].gone = true;
	follow(session);
}

static void set_stdio(const struct blow *blow)
{
	int null = open("/dev/null", O_RDWR);

	(void) dup2(null, 0);
	(void) dup2(blow->output >= 0 ? blow->output : null, 1);
	if (!blow->stdio)
		(void) dup2(null, 2);
	(void) close(null);
}

static pid_t start(char *const argv[], const struct blow *blow)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		set_stdio(blow);
		(void) raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, WUNTRACED) != pid ||
	    ptrace(PTRACE_SEIZE, pid, NULL, (void *) options) < 0) {
		perror("trace");
		exit(2);
	}
	/* It is in a group stop, of which the tracer hears again. */
	(void) kill(pid, SIGCONT);
	return pid;
}

void trace(char *const argv[], const struct blow *blow, struct traced *out)
{
	struct session session = { .blow = blow, .out = out };
	struct sigaction action = { .sa_handler = on_alarm };

	*out = (struct traced){ 0 };
	sigaction(SIGALRM, &action, NULL);
	out_of_time = 0;
	(void) alarm(PATIENCE_SEC);
	(void) find(&session, start(argv, blow));
	(void) ptrace(PTRACE_INTERRUPT, session.processes[0].pid, NULL, NULL);
	follow(&session);
	let_go(&session);
	(void) alarm(0);
	if (blow->process < session.count)
		out->calls = session.processes[blow->process].calls;
}
