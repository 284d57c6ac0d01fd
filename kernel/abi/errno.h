/* Error numbers, those of Linux for i386 (chapters 2 and 12). Shared by the kernel and the programs. */
#pragma once

#define EPERM   1
#define ENOENT  2
#define EINTR   4
#define EIO     5
#define E2BIG   7
#define ENOEXEC 8
#define EBADF   9
#define ECHILD  10
#define EAGAIN  11
#define ENOMEM  12
#define EFAULT  14
#define EEXIST  17
#define EINVAL  22
#define ENAMETOOLONG 36
#define ENOSYS  38
