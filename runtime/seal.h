// SPDX-License-Identifier: Apache-2.0
#ifndef WEIR_RUNTIME_SEAL_H
#define WEIR_RUNTIME_SEAL_H

struct err;

/*
 * Makes this a process whose /proc/self/exe nobody can write to, by executing the program once more if it is not
 * one yet: a container that gets hold of that file (a script that begins with #!/proc/self/exe; a
 * descriptor of /proc/PID/exe, kept until we have ended) would otherwise replace the runtime on the
 * host (CVE-2019-5736). To be called before anything is opened. Returns 0 when it is; -errno when it
 * cannot be made so, and then nothing may be run in a container.
 */
int seal_self(char **argv, struct err *err);

#endif
