/* What the calls on files take and give, laid out as Linux for i386 lays it out (chapter 15). Shared by the kernel and
   the programs. */
#pragma once

/* open(2) */
#define O_ACCMODE   03
#define O_RDONLY    00
#define O_WRONLY    01
#define O_RDWR      02
#define O_CREAT     0100
#define O_EXCL      0200
#define O_NOCTTY    0400
#define O_TRUNC     01000
#define O_APPEND    02000
#define O_NONBLOCK  04000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW  0400000
#define O_CLOEXEC   02000000

/* lseek(2) */
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

/* The ...at calls: "the current directory" in the place of a descriptor, and flags. */
#define AT_FDCWD            (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR        0x200
#define AT_SYMLINK_FOLLOW   0x400
#define AT_EMPTY_PATH       0x1000
/* statx(2) alone: there is nothing to mount, and nothing to bring in line with a server. */
#define AT_NO_AUTOMOUNT     0x0800
#define AT_STATX_FORCE_SYNC 0x2000
#define AT_STATX_DONT_SYNC  0x4000

/* access(2) */
#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

/* fcntl(2) */
#define F_DUPFD         0
#define F_GETFD         1
#define F_SETFD         2
#define F_GETFL         3
#define F_SETFL         4
#define F_DUPFD_CLOEXEC 1030
#define FD_CLOEXEC      1

/* The mode of a file: its kind, and who may do what. */
#define S_IFMT   0170000
#define S_IFIFO  0010000
#define S_IFCHR  0020000
#define S_IFDIR  0040000
#define S_IFREG  0100000
#define S_IFLNK  0120000
#define S_ISUID  04000
#define S_ISGID  02000
#define S_ISVTX  01000

/* Kinds in a directory's entries. */
#define DT_FIFO 1
#define DT_CHR  2
#define DT_DIR  4
#define DT_REG  8
#define DT_LNK  10

/* readv(2) and writev(2) */
struct iovec {
    unsigned int iov_base; /* an address of the program's */
    unsigned int iov_len;
};

/* pipe(2): what a write of so many bytes puts into a pipe is not torn apart by another one's. */
#define PIPE_BUF 4096

#define NAME_MAX 255
#define PATH_MAX 4096

/* stat64(2) and its kin: struct stat64 of Linux's arch/x86/include/uapi/asm/stat.h; 96 bytes. The 64-bit fields are not
   aligned to 8 there, since the i386's ABI aligns to 4 within structures. */
struct stat64 {
    unsigned long long st_dev;
    unsigned char padding0[4];
    unsigned int st_ino32;
    unsigned int st_mode;
    unsigned int st_nlink;
    unsigned int st_uid;
    unsigned int st_gid;
    unsigned long long st_rdev;
    unsigned char padding3[4];
    unsigned int st_size_low; /* the size in two halves, for the same reason */
    unsigned int st_size_high;
    unsigned int st_blksize;
    unsigned int st_blocks_low; /* pieces of 512 bytes */
    unsigned int st_blocks_high;
    unsigned int st_atime;
    unsigned int st_atime_nsec;
    unsigned int st_mtime;
    unsigned int st_mtime_nsec;
    unsigned int st_ctime;
    unsigned int st_ctime_nsec;
    unsigned int st_ino_low;
    unsigned int st_ino_high;
};

/* getdents64(2): one entry. d_reclen bytes further lies the next. */
struct linux_dirent64 {
    unsigned int d_ino_low;
    unsigned int d_ino_high;
    unsigned int d_off_low; /* what lseek must be given to go on after this entry */
    unsigned int d_off_high;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[1]; /* longer: up to its NUL */
};

/* poll(2): what is asked for, and what holds. The last three hold without being asked for. */
struct pollfd {
    int fd;
    short events;
    short revents;
};

#define POLLIN   0x01
#define POLLPRI  0x02
#define POLLOUT  0x04
#define POLLERR  0x08
#define POLLHUP  0x10
#define POLLNVAL 0x20
#define POLLRDNORM 0x040
#define POLLWRNORM 0x100
