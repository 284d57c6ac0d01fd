/* Structures and constants of the system calls, laid out as Linux for i386 lays them out (chapters 11 and 12).
   Shared by the kernel and the programs. */
#pragma once

/* uname(2): the "new" structure that call 122 fills; each field is a string that ends in NUL. */
struct utsname {
    char sysname[65];
    char nodename[65];
    char release[65];
    char version[65];
    char machine[65];
    char domainname[65];
};

/* times(2): clock ticks, TICKS_PER_SECOND of them a second. */
struct tms {
    long tms_utime;
    long tms_stime;
    long tms_cutime;
    long tms_cstime;
};

/* reboot(2): both magic numbers must be given, so that no stray call turns the machine off. */
#define LINUX_REBOOT_MAGIC1        0xfee1dead
#define LINUX_REBOOT_MAGIC2        0x28121969
#define LINUX_REBOOT_CMD_POWER_OFF 0x4321fedc

/* nanosleep(2): `struct timespec` of the programs, which has another layout in some headers that the kernel's compiler
   brings along. */
struct timespec32 {
    long tv_sec;
    long tv_nsec;
};

/* The same for select(2) and setitimer(2). */
struct timeval32 {
    long tv_sec;
    long tv_usec;
};

/* sysinfo(2): sizes in units of mem_unit bytes. */
struct sysinfo {
    long uptime; /* seconds */
    unsigned long loads[3];
    unsigned long totalram;
    unsigned long freeram;
    unsigned long sharedram;
    unsigned long bufferram;
    unsigned long totalswap;
    unsigned long freeswap;
    unsigned short procs;
    unsigned short padding;
    unsigned long totalhigh;
    unsigned long freehigh;
    unsigned int mem_unit;
    char reserved[8];
};

/* wait4(2) */
#define WNOHANG    1
#define WUNTRACED  2
#define WCONTINUED 8

/* wait4(2), getrusage(2): what a process has used. */
struct rusage {
    struct timeval32 ru_utime;
    struct timeval32 ru_stime;
    long ru_not_counted[14];
};
#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

/* mmap2(2), mprotect(2) */
#define PROT_NONE     0
#define PROT_READ     1
#define PROT_WRITE    2
#define PROT_EXEC     4
#define MAP_SHARED    0x01
#define MAP_PRIVATE   0x02
#define MAP_FIXED     0x10
#define MAP_ANONYMOUS 0x20

/* The old mmap (90), whose six arguments lie in memory. */
struct mmap_arguments {
    unsigned address;
    unsigned size;
    unsigned protection;
    unsigned flags;
    int descriptor;
    unsigned offset; /* in bytes; mmap2 counts pages */
};

/* Signals: a process that a fault ends has "killed by" one of these in its wait status. What else a signal can do is chapter
   18's. */
#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPWR    30
#define SIGSYS    31
