// The system calls as C functions (chapter 13).
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int ssize_t;
typedef int pid_t;

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

// Each of these returns -1 and sets errno if the kernel refused.

ssize_t read(int descriptor, void* buffer, size_t count);
ssize_t write(int descriptor, const void* buffer, size_t count);
pid_t getpid(void);
pid_t getppid(void);

/// Makes a copy of this process. Returns the copy's number here, and 0 in the copy.
pid_t fork(void);

/// As fork, but the copy uses this process's memory itself, which waits until the copy has called execve or _exit. The copy must
/// not return from the function that has called vfork. (Chapter 20.)
__attribute__((returns_twice)) pid_t vfork(void);

/// Replaces this program by the one at `path`. Returns only if it failed.
int execve(const char* path, char* const arguments[], char* const environment[]);

// Groups and sessions (chapter 18). 0 is this process, or its number.
int setpgid(pid_t id, pid_t group);
pid_t getpgid(pid_t id);
pid_t getpgrp(void);
pid_t setsid(void);
pid_t getsid(pid_t id);

/// Has SIGALRM sent after so many seconds; 0: never. Returns what was left of those set before.
unsigned alarm(unsigned seconds);

/// Sleeps until a signal has been handled. Returns -1.
int pause(void);

// Files (chapter 15). SEEK_SET and the like are in fcntl.h.
int close(int descriptor);
int lseek(int descriptor, int offset, int whence);
ssize_t pread64(int descriptor, void* buffer, size_t count, long long offset);
ssize_t pwrite64(int descriptor, const void* buffer, size_t count, long long offset);
int getdents64(int descriptor, void* buffer, size_t count);
int ftruncate64(int descriptor, long long length);
int truncate64(const char* path, long long length);
int pipe(int both[2]);
int pipe2(int both[2], int flags);
int dup(int descriptor);
int dup2(int descriptor, int wanted);
int dup3(int descriptor, int wanted, int flags);
int fsync(int descriptor);
int access(const char* path, int mode);
int link(const char* from, const char* to);
int symlink(const char* target, const char* path);
ssize_t readlink(const char* path, char* buffer, size_t size);
int unlink(const char* path);
int rename(const char* from, const char* to);
int rmdir(const char* path);
int chdir(const char* path);
int fchdir(int descriptor);
/// The bare call: how many bytes it is with its NUL, or -1.
int getcwd(char* buffer, size_t size);

/// Whether somebody types there: 1, or 0.
int isatty(int descriptor);

/// Ends the process at once: no destructors. Programs call exit() from stdlib.h.
__attribute__((noreturn)) void _exit(int status);

/// Moves the end of the heap to `end`; sbrk moves it by `increment` bytes and returns where it was.
int brk(void* end);
void* sbrk(intptr_t increment);

/// Any system call: its number (sys/syscall.h) and up to five arguments.
long syscall(long number, ...);

#ifdef __cplusplus
}
#endif
