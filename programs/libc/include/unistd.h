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

/// Replaces this program by the one at `path`. Returns only if it failed.
int execve(const char* path, char* const arguments[], char* const environment[]);

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
