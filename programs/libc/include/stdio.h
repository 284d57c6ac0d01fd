// Formatted output and lines of input, from and to files (chapter 13).
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EOF (-1)

typedef struct stream FILE;
extern FILE* const stdin;
extern FILE* const stdout;
extern FILE* const stderr;

// Output is not buffered beyond one call: what a program printed is out when the call returns.
//
// The conversions are d i u o x X c s p and %, with the flags - 0 + space #, width and precision
// (numbers or *) and the lengths hh h l ll j z t. There are no floating-point ones and no %n.
// The value is the number of characters, or -1 on failure.

__attribute__((format(printf, 1, 2))) int printf(const char* format, ...);
__attribute__((format(printf, 2, 3))) int fprintf(FILE* stream, const char* format, ...);
__attribute__((format(printf, 2, 0))) int vfprintf(FILE* stream, const char* format,
                                                   va_list arguments);

/// Write at most size - 1 characters and a NUL (nothing at all if size is 0). The value is the
/// length that the whole text has, so a value >= size says that it was cut off.
__attribute__((format(printf, 3, 4))) int snprintf(char* buffer, size_t size, const char* format,
                                                   ...);
__attribute__((format(printf, 3, 0))) int vsnprintf(char* buffer, size_t size, const char* format,
                                                    va_list arguments);

/// puts adds an end of line, fputs does not.
int puts(const char* text);
int fputs(const char* text, FILE* stream);
int putchar(int character);

/// The next character of the input, or EOF.
int fgetc(FILE* stream);
int getchar(void);

/// Reads a line with its '\n', or as much of it as size - 1 characters hold, and adds a NUL.
/// NULL at the end of the input, unless size is 1: then it reads nothing.
char* fgets(char* buffer, int size, FILE* stream);

/// Opens a file, to be read ("r"), to be written from its beginning ("w") or at its end ("a"). NULL and errno if it can't.
FILE* fopen(const char* path, const char* mode);
int fclose(FILE* stream);
int fileno(FILE* stream);

/// Reads a line with its '\n' into `*line`, which malloc gave (or NULL, with any capacity) and which grows as it must. The
/// value is its length, or -1 at the end of the input.
ssize_t getline(char** line, size_t* capacity, FILE* stream);

/// Prints `text: `, if there is a text, and what errno means, to stderr.
void perror(const char* text);

#ifdef __cplusplus
}
#endif
