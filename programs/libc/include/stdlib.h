// Memory, numbers from text, and the end of the program (chapter 13).
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/// Memory aligned to 16 bytes; NULL with errno ENOMEM if there is none. malloc(0) is a block of its
/// own.
void* malloc(size_t size);
void* calloc(size_t count, size_t size);
void* realloc(void* memory, size_t size);

/// A pointer that malloc did not give out, or that was freed already, ends the program.
void free(void* memory);

/// A number in the given base (2 to 36, or 0: as its prefix 0x or 0 says). *end is set to the first
/// character after it, if end is not NULL. Out of range: the nearest number there is, and errno is
/// ERANGE.
long strtol(const char* text, char** end, int base);
unsigned long strtoul(const char* text, char** end, int base);
int atoi(const char* text);

/// Runs the destructors of global objects and ends the process; the kernel keeps the low 8 bits of
/// status.
__attribute__((noreturn)) void exit(int status);

/// Ends the process with status 134: what a shell shows for SIGABRT.
__attribute__((noreturn)) void abort(void);

#ifdef __cplusplus
}
#endif
