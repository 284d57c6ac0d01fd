// What programs of others ask for at their start promises, one line each (chapter 20). It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/linux.h"
#include "abi/system.h"
#include "check.h"

static unsigned variables[2] = {1, 2}; // what lies in the segment

/// The first word of the segment that is loaded into gs.
static unsigned first_of_gs(void) {
    unsigned value;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(value));
    return value;
}

static long set_segment(struct user_desc* segment, unsigned entry, void* base) {
    *segment = (struct user_desc){entry, (unsigned)base, 0xFFFFF, USER_DESC_32BIT | USER_DESC_PAGES | USER_DESC_USEABLE};
    return syscall(SYS_set_thread_area, segment);
}

static void handle(int number) {
    static unsigned of_handler = 7;
    struct user_desc segment;
    (void)number;
    set_segment(&segment, first_of_gs(), &of_handler); // the entry's number lies there
}

static void thread_storage(void) {
    struct user_desc segment;
    int status;
    check("no entry of the kernel's", fails(set_segment(&segment, 1, variables), EINVAL));
    check("a segment for the thread's variables", set_segment(&segment, 0xFFFFFFFF, variables) == 0 && segment.entry_number >= 6);
    const unsigned selector = segment.entry_number * 8 + 3;
    __asm__ volatile("mov %0, %%gs" : : "r"(selector));
    check("what is read there is what lies at its base", first_of_gs() == 1);
    const pid_t child = fork();
    if (child == 0) {
        const int inherited = first_of_gs() == 1;
        set_segment(&segment, segment.entry_number, &variables[1]);
        _exit(inherited && first_of_gs() == 2 ? 0 : 1);
    }
    check("a child has it, too, and changes its own", waitpid(child, &status, 0) == child && status == 0);
    check("which changes nothing here", first_of_gs() == 1);
    variables[0] = segment.entry_number;
    signal(SIGUSR1, handle);
    kill(getpid(), SIGUSR1);
    check("it is there in a signal's handler, and after it", first_of_gs() == 7);
    check("a pointer that is not one", fails(syscall(SYS_set_thread_area, 4096), EFAULT));
}

static void clones(void) {
    static int told[2];
    int status;
    const long child = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &told[0], 0, &told[1]);
    if (child == 0) {
        _exit(told[1] == getpid() && syscall(SYS_gettid) == getpid() ? 0 : 1);
    }
    check("a clone's number is told to both", told[0] == child && waitpid((pid_t)child, &status, 0) == child && status == 0);
    check("the child's is told in the child alone", told[1] == 0);
}

static void machine(void) {
    struct rlimit64 limits;
    char bytes[64] = {0};
    unsigned sum = 0;
    check("one user", syscall(SYS_getuid32) == syscall(SYS_geteuid32) && syscall(SYS_getgid32) == syscall(SYS_getegid32));
    check("how many files may be open", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limits) == 0 && limits.cur_low == 256);
    check("no such limit", fails(syscall(SYS_prlimit64, 0, RLIM_COUNT, 0, &limits), EINVAL));
    check("random bytes", syscall(SYS_getrandom, bytes, sizeof(bytes), 0) == sizeof(bytes));
    for (unsigned i = 0; i < sizeof(bytes); ++i) {
        sum += bytes[i] == 0;
    }
    check("which are not all 0", sum < 16);
    check("no such kind of random", fails(syscall(SYS_getrandom, bytes, 1, 8), EINVAL));
    const int device = open("/dev/urandom", O_RDWR);
    memset(bytes, 0, sizeof(bytes));
    check("as a device", device >= 0 && read(device, bytes, sizeof(bytes)) == sizeof(bytes) && write(device, bytes, 3) == 3);
    check("which gives others each time", memcmp(bytes, bytes + 32, 32) != 0 && fails(read(device, (void*)4096, 4), EFAULT));
    check("both of its kinds", close(device) == 0 && access("/dev/random", R_OK) == 0);
    check("no processor fits into no bytes", fails(syscall(SYS_sched_getaffinity, 0, 0, bytes), EINVAL));
}

static void clocks(void) {
    struct timespec32 before, after, used;
    struct timespec64 between;
    int seconds = 0;
    check("the time by a clock", syscall(SYS_clock_gettime, 1, &before) == 0 && before.tv_nsec >= 0 && before.tv_nsec < 1000000000);
    check("the same with 64 bits", syscall(SYS_clock_gettime64, 1, &between) == 0 && between.sec_high == 0 && between.nsec_high == 0);
    check("it does not go back", syscall(SYS_clock_gettime, 1, &after) == 0 && before.tv_sec <= (long)between.sec_low &&
                                     (long)between.sec_low <= after.tv_sec);
    check("a process's own time is less", syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME, &used) == 0 && used.tv_sec <= after.tv_sec);
    check("by how much it moves", syscall(SYS_clock_getres, 1, &used) == 0 && used.tv_sec == 0 && used.tv_nsec > 0);
    check("which need not be told", syscall(SYS_clock_getres_time64, 1, 0) == 0);
    check("no such clock", fails(syscall(SYS_clock_gettime, CLOCK_SGI_CYCLE, &used), EINVAL) &&
                               fails(syscall(SYS_clock_getres, 99, 0), EINVAL));
    check("nowhere to put it", fails(syscall(SYS_clock_gettime, 1, 4096), EFAULT));
    check("the seconds of the day", syscall(SYS_time, &seconds) == seconds);

    struct timeval32 day = {0, -1}, later;
    int zone[2] = {7, 7};
    check("the time of day", syscall(SYS_gettimeofday, &day, 0) == 0 && day.tv_usec >= 0 && day.tv_usec < 1000000 && day.tv_sec >= seconds);
    check("with the zone", syscall(SYS_gettimeofday, &later, zone) == 0 && zone[0] == 0 && zone[1] == 0);
    check("it does not go back either", later.tv_sec > day.tv_sec || (later.tv_sec == day.tv_sec && later.tv_usec >= day.tv_usec));
    check("neither of the two", syscall(SYS_gettimeofday, 0, 0) == 0);
    check("nowhere to put the one", fails(syscall(SYS_gettimeofday, 4096, zone), EFAULT));
    check("or the other", fails(syscall(SYS_gettimeofday, &day, 4096), EFAULT));
}

static int came; // how often a handler was called

static void count(int number) {
    (void)number;
    ++came;
}

/// The call has six arguments, and `syscall` takes five: ebp has the last one.
static long pselect(int count, unsigned* reads, struct timespec32* timeout, unsigned* mask) {
    static unsigned* in_ebp; // at an address that does not depend on ebp or esp
    long result;
    in_ebp = mask;
    __asm__ volatile("push %%ebp\n\tmov %2, %%ebp\n\tint $0x80\n\tpop %%ebp"
                     : "=a"(result)
                     : "a"(SYS_pselect6), "m"(in_ebp), "b"(count), "c"(reads), "d"(0), "S"(0), "D"(timeout)
                     : "memory");
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

static void waits(void) {
    unsigned word = 5, none[2] = {0, 0}, mask[2] = {(unsigned)none, 8}, set = 1;
    struct timespec32 short_time = {0, 20000000}, no_time = {0, 1000000000};
    int ends[2];
    check("a wake finds none that sleeps", syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE, 1, 0) == 0);
    check("the word has another value", fails(syscall(SYS_futex, &word, FUTEX_WAIT, 4, 0), EAGAIN));
    check("until the time is over", fails(syscall(SYS_futex, &word, FUTEX_WAIT, 5, &short_time), ETIMEDOUT));
    check("a word that is not aligned", fails(syscall(SYS_futex, (char*)&word + 1, FUTEX_WAIT, 5, &short_time), EINVAL));
    check("a word that is not there", fails(syscall(SYS_futex, 4096, FUTEX_WAIT, 5, &short_time), EFAULT));
    pipe(ends);
    set = 1U << ends[0];
    check("pselect: nothing in time", pselect(ends[0] + 1, &set, &short_time, 0) == 0 && set == 0);
    check("pselect: no such time", fails(pselect(0, 0, &no_time, 0), EINVAL));
    struct sigaction action = {.sa_handler = count}, before;
    sigset_t blocked, now;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaction(SIGUSR1, &action, &before);
    sigprocmask(SIG_BLOCK, &blocked, 0);
    kill(getpid(), SIGUSR1);
    set = 1U << ends[0];
    check("pselect: a signal, which its mask lets in", fails(pselect(ends[0] + 1, &set, 0, mask), EINTR) && came == 1);
    check("pselect: then the mask is the old one", sigprocmask(SIG_BLOCK, 0, &now) == 0 && sigismember(&now, SIGUSR1));
    write(ends[1], "x", 1);
    set = 1U << ends[0];
    check("pselect: what is there to be read", pselect(ends[0] + 1, &set, 0, mask) == 1 && set == 1U << ends[0]);
    check("pselect: the old mask again", sigprocmask(SIG_BLOCK, 0, &now) == 0 && sigismember(&now, SIGUSR1));
    kill(getpid(), SIGUSR1);
    struct timespec32 at_once = {0, 0};
    check("pselect: a signal that waits, though there is no time", fails(pselect(0, 0, &at_once, mask), EINTR) && came == 2);
    struct itimerval often = {{0, 30000}, {0, 30000}};
    struct timespec32 hundred = {0, 100000000};
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, 0);
    setitimer(ITIMER_REAL, &often, 0);
    check("a wait for a word with an end is not begun again", fails(syscall(SYS_futex, &word, FUTEX_WAIT, 5, &hundred), EINTR));
    often.it_value.tv_usec = 0;
    setitimer(ITIMER_REAL, &often, 0);
    check("a timer without a time has none to begin again", getitimer(ITIMER_REAL, &often) == 0 && often.it_interval.tv_usec == 0);
    mask[1] = 4;
    check("pselect: no such mask", fails(pselect(0, 0, 0, mask), EINVAL));
    close(ends[0]);
    close(ends[1]);
}

static void files(void) {
    struct statx status;
    const struct timespec32 times[2] = {{1, 0}, {1000, 0}};
    char path[256];
    const int file = open("linux-file", O_CREAT | O_RDWR | O_TRUNC, 0644);
    check("a file is written", file >= 0 && write(file, "12345", 5) == 5);
    check("its time is set", syscall(SYS_utimensat, AT_FDCWD, "linux-file", times, 0) == 0);
    check("statx tells of it", syscall(SYS_statx, AT_FDCWD, "linux-file", 0, STATX_BASIC_STATS, &status) == 0 && status.stx_size[0] == 5 &&
                                   status.stx_mtime.sec_low == 1000 && (status.stx_mode & S_IFMT) == S_IFREG);
    check("and of an open file", syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 && status.stx_size[0] == 5);
    check("no such file", fails(syscall(SYS_statx, AT_FDCWD, "nowhere", 0, STATX_BASIC_STATS, &status), ENOENT));
    check("and of the current directory", syscall(SYS_statx, AT_FDCWD, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 && (status.stx_mode & S_IFMT) == S_IFDIR);
    check("no bytes leave its time as it was", write(file, "", 0) == 0 && syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 &&
                                                   status.stx_mtime.sec_low == 1000);
    check("an unknown flag", fails(syscall(SYS_statx, AT_FDCWD, "linux-file", 1, STATX_BASIC_STATS, &status), EINVAL));
    check("two flags that contradict each other", fails(syscall(SYS_statx, AT_FDCWD, "linux-file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC,
                                                                STATX_BASIC_STATS, &status), EINVAL));
    struct stat64 told;
    check("fstatat mounts nothing", syscall(SYS_fstatat64, AT_FDCWD, "linux-file", &told, AT_NO_AUTOMOUNT) == 0 && told.st_size_low == 5);
    check("a mode that is not one comes before a missing file", fails(access("nowhere", 8), EINVAL) &&
                                                                    fails(syscall(SYS_faccessat, AT_FDCWD, "nowhere", 8), EINVAL));
    check("no path comes before no directory", fails(openat(-1, "", O_RDONLY), ENOENT) && fails(openat(-1, "x", O_RDONLY), EBADF));
    symlink("linux-file", "linux-link");
    check("a link is not a directory", fails(open("linux-link", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), ENOTDIR));
    unlink("linux-link");
    umask(0);
    check("a directory runs for no other user", mkdir("linux-folder", 07755) == 0 && stat64("linux-folder", &told) == 0 && (told.st_mode & 07777) == 01755);
    umask(022);
    rmdir("linux-folder");
    int ends[2];
    pipe(ends);
    check("a pipe keeps nothing", fails(fsync(ends[0]), EINVAL) && fsync(file) == 0);
    check("a whence that is not one comes before a pipe", fails(lseek(ends[0], 0, 9), EINVAL) && fails(lseek(ends[0], 0, SEEK_SET), ESPIPE));
    check("a place before the beginning comes before no file", fails(syscall(SYS_pread64, -1, path, 1, 0, 1U << 31), EINVAL));
    close(ends[0]);
    close(ends[1]);
    check("no process has such a number", fails(syscall(SYS_tgkill, getpid(), -1, 0), EINVAL) && fails(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL));
    check("a time that is not one", fails(syscall(SYS_utimensat, AT_FDCWD, "linux-file", &(struct timespec32[2]){{0, -1}, {0, 0}}, 0), EINVAL));
    check("its owner stays", syscall(SYS_chown32, "linux-file", -1, -1) == 0 && fails(syscall(SYS_chown32, "nowhere", -1, -1), ENOENT));
    dup2(file, 0);
    long length = readlink("/proc/self/fd/0", path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    check("that of a file ends with its name", length >= 11 && strcmp(path + length - 11, "/linux-file") == 0);
    check("renamed, with the new one", rename("linux-file", "linux-other") == 0 &&
                                           (length = readlink("/proc/self/fd/0", path, sizeof(path) - 1)) > 0 &&
                                           memcmp(path + length - 12, "/linux-other", 12) == 0);
    unlink("linux-other");
}

/// The calls with paths that begin at open directories, and sendfile.
static void between_directories(void) {
    char text[16] = {0};
    unsigned long long offset = 2;
    mkdir("one", 0755);
    mkdir("two", 0755);
    const int one = open("one", O_RDONLY | O_DIRECTORY);
    const int two = open("two", O_RDONLY | O_DIRECTORY);
    const int file = openat(one, "file", O_CREAT | O_RDWR, 0644);
    check("a file in one", file >= 0 && write(file, "12345", 5) == 5);
    check("a second name, in two", syscall(SYS_linkat, one, "file", two, "name", 0) == 0 && access("two/name", F_OK) == 0);
    check("a symbolic link", syscall(SYS_symlinkat, "../one/file", two, "link") == 0);
    check("where it leads", syscall(SYS_readlinkat, two, "link", text, sizeof(text)) == 11 && strcmp(text, "../one/file") == 0);
    check("a name for the link", syscall(SYS_linkat, two, "link", one, "link", 0) == 0 && readlink("one/link", text, sizeof(text)) == 11);
    check("for what it leads to", syscall(SYS_linkat, two, "link", one, "third", AT_SYMLINK_FOLLOW) == 0 &&
                                      fails(readlink("one/third", text, sizeof(text)), EINVAL));
    check("an unknown flag", fails(syscall(SYS_linkat, two, "link", one, "fourth", 1), EINVAL));
    check("renamed, from two to one", syscall(SYS_renameat, two, "name", one, "new") == 0 && access("one/new", F_OK) == 0);
    check("no such name any more", fails(syscall(SYS_renameat, two, "name", one, "new"), ENOENT));
    check("a file is not a directory", fails(syscall(SYS_readlinkat, file, "link", text, sizeof(text)), ENOTDIR));
    check("no such descriptor", fails(syscall(SYS_renameat, 99, "name", one, "new"), EBADF));

    const int copy = openat(two, "copy", O_CREAT | O_RDWR, 0644);
    check("sent from an offset", syscall(SYS_sendfile64, copy, file, &offset, 100) == 3 && offset == 5);
    check("the place has not moved", lseek(file, 0, SEEK_CUR) == 5 && lseek(file, 0, SEEK_SET) == 0);
    check("sent from the place", syscall(SYS_sendfile64, copy, file, 0, 2) == 2 && lseek(file, 0, SEEK_CUR) == 2);
    check("to the copy's place", pread64(copy, text, sizeof(text), 0) == 5 && memcmp(text, "34512", 5) == 0);
    offset = 1000;
    check("nothing after the end", syscall(SYS_sendfile64, copy, file, &offset, 10) == 0);
    check("a directory is not sent", fails(syscall(SYS_sendfile64, copy, one, 0, 10), EINVAL));
    check("an offset that can't be read", fails(syscall(SYS_sendfile64, copy, file, 4096, 10), EFAULT));
    offset = 1ULL << 63;
    check("one that is negative", fails(syscall(SYS_sendfile64, copy, file, &offset, 10), EINVAL));
    const int only_read = open("one/file", O_RDONLY);
    offset = 0;
    check("not to what can't be written", fails(syscall(SYS_sendfile64, only_read, file, &offset, 10), EBADF));
    check("not even nothing", fails(syscall(SYS_sendfile64, only_read, file, &offset, 0), EBADF));
    const int appends = open("one/file", O_WRONLY | O_APPEND);
    check("not to what appends", fails(syscall(SYS_sendfile64, appends, file, &offset, 1), EINVAL));
    int ends[2];
    check("not from a pipe", pipe(ends) == 0 && fails(syscall(SYS_sendfile64, copy, ends[0], 0, 1), EINVAL));
    offset = 0;
    check("but to one", syscall(SYS_sendfile64, ends[1], file, &offset, 5) == 5 && read(ends[0], text, 16) == 5);
    for (int descriptor = one; descriptor <= ends[1]; ++descriptor) {
        close(descriptor);
    }
    const char* const names[] = {"one/file", "one/link", "one/third", "one/new", "two/link", "two/copy"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); ++i) {
        unlink(names[i]);
    }
    check("all is gone", rmdir("one") == 0 && rmdir("two") == 0);
}

int main(void) {
    thread_storage();
    clones();
    machine();
    clocks();
    waits();
    files();
    between_directories();
    return wrong;
}
