// What a file is (chapter 15).
#pragma once

#include <fcntl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define S_ISDIR(mode) (((mode) & S_IFMT) == S_IFDIR)
#define S_ISREG(mode) (((mode) & S_IFMT) == S_IFREG)
#define S_ISLNK(mode) (((mode) & S_IFMT) == S_IFLNK)
#define S_ISCHR(mode) (((mode) & S_IFMT) == S_IFCHR)
#define S_ISFIFO(mode) (((mode) & S_IFMT) == S_IFIFO)

int stat64(const char* path, struct stat64* status);
int lstat64(const char* path, struct stat64* status);
int fstat64(int descriptor, struct stat64* status);
int mkdir(const char* path, mode_t permissions);
int chmod(const char* path, mode_t permissions);
int fchmod(int descriptor, mode_t permissions);
mode_t umask(mode_t mask);

#ifdef __cplusplus
}
#endif
