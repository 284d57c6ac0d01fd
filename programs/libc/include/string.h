// Memory blocks and strings, as ISO C has them (chapter 13).
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int value, size_t count);
int memcmp(const void* left, const void* right, size_t count);
void* memchr(const void* block, int value, size_t count);

size_t strlen(const char* text);
size_t strnlen(const char* text, size_t limit);
int strcmp(const char* left, const char* right);
int strncmp(const char* left, const char* right, size_t limit);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t count);
char* strcat(char* to, const char* from);
char* strncat(char* to, const char* from, size_t limit);
char* strchr(const char* text, int character);
char* strrchr(const char* text, int character);
char* strstr(const char* text, const char* wanted);
size_t strspn(const char* text, const char* accepted);
size_t strcspn(const char* text, const char* refused);

/// A copy from malloc, which the caller frees; NULL if there is no memory.
char* strdup(const char* text);

/// What an errno value means, in words.
const char* strerror(int error);

#ifdef __cplusplus
}
#endif
