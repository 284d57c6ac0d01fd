/* What the calls take and give that programs of others make at their start, laid out as Linux for i386 lays it out
   (chapter 20). Shared by the kernel and the programs. */
#pragma once

/* set_thread_area(2) */
struct user_desc {
    unsigned int entry_number; /* -1: any that is free, which is put here */
    unsigned int base_addr;
    unsigned int limit;
    unsigned int flags;
};
#define USER_DESC_32BIT    0x01
#define USER_DESC_PAGES    0x10 /* the limit counts units of 4 KiB */
#define USER_DESC_USEABLE  0x40 /* a bit of the descriptor that the processor leaves to software */

/* getrlimit(2), prlimit(2) */
#define RLIMIT_STACK  3
#define RLIMIT_NOFILE 7
#define RLIM_COUNT    16
struct rlimit32 {
    unsigned int rlim_cur;
    unsigned int rlim_max;
};
struct rlimit64 {
    unsigned int cur_low; /* halves: the i386's ABI aligns 64 bits to 4 within structures */
    unsigned int cur_high;
    unsigned int max_low;
    unsigned int max_high;
};

/* clone(2) */
#define CLONE_VM             0x00000100
#define CLONE_VFORK          0x00004000
#define CLONE_PARENT_SETTID  0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLONE_CHILD_SETTID   0x01000000
#define CLONE_SIGNAL         0x000000FF /* what the parent gets when the child ends */

/* utimensat(2) */
#define UTIME_NOW  0x3FFFFFFF
#define UTIME_OMIT 0x3FFFFFFE

/* clock_gettime(2), clock_nanosleep(2) */
#define CLOCK_PROCESS_CPUTIME 2
#define CLOCK_THREAD_CPUTIME  3
#define CLOCK_SGI_CYCLE       10 /* was taken out of Linux */
#define CLOCK_LAST            11
#define TIMER_ABSTIME         1
struct timespec64 {
    unsigned int sec_low; /* halves: see above */
    unsigned int sec_high;
    unsigned int nsec_low;
    unsigned int nsec_high;
};

/* statfs(2) */
#define RAMFS_MAGIC 0x858458F6
struct statfs64 {
    unsigned int f_type;
    unsigned int f_bsize;
    unsigned int f_blocks[2];
    unsigned int f_bfree[2];
    unsigned int f_bavail[2];
    unsigned int f_files[2];
    unsigned int f_ffree[2];
    unsigned int f_fsid[2];
    unsigned int f_namelen;
    unsigned int f_frsize;
    unsigned int f_flags;
    unsigned int f_spare[4];
};

/* futex(2) */
#define FUTEX_WAIT    0
#define FUTEX_WAKE    1
#define FUTEX_PRIVATE 128 /* a bit: no other process has the word. None ever has here */

/* getrandom(2) */
#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4

/* statx(2): 256 bytes, the same on all machines. */
#define STATX_BASIC_STATS 0x7FF
#define STATX_RESERVED    0x80000000
struct statx_timestamp {
    unsigned int sec_low;
    unsigned int sec_high;
    unsigned int nsec;
    unsigned int padding;
};
struct statx {
    unsigned int stx_mask; /* which of the fields are filled in */
    unsigned int stx_blksize;
    unsigned int stx_attributes[2];
    unsigned int stx_nlink;
    unsigned int stx_uid;
    unsigned int stx_gid;
    unsigned short stx_mode;
    unsigned short padding;
    unsigned int stx_ino[2];
    unsigned int stx_size[2];
    unsigned int stx_blocks[2];
    unsigned int stx_attributes_mask[2];
    struct statx_timestamp stx_atime;
    struct statx_timestamp stx_btime;
    struct statx_timestamp stx_ctime;
    struct statx_timestamp stx_mtime;
    unsigned int stx_rdev_major;
    unsigned int stx_rdev_minor;
    unsigned int stx_dev_major;
    unsigned int stx_dev_minor;
    unsigned char reserved[112];
};
