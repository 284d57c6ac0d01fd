// What the files in /proc tell, one line each. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "check.h"

static char text[8192];

/// Reads all of a file into `text`, and returns how many bytes it has.
static int read_file(const char* path) {
    int size = 0;
    const int file = open(path, O_RDONLY);
    for (ssize_t count; file >= 0 && (count = read(file, text + size, sizeof(text) - 1 - (size_t)size)) > 0; size += count) {
    }
    close(file);
    text[size] = '\0';
    return size;
}

static const char* path_of(pid_t id, const char* name) {
    static char path[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", id, name);
    return path;
}

/// The number after `name` in a file of lines such as "VmRSS:   12 kB"; -1 if there is none.
static long number(const char* path, const char* name) {
    read_file(path);
    const char* line = strstr(text, name);
    return line == NULL ? -1 : strtol(line + strlen(name), NULL, 10);
}

static char state_of(pid_t id) {
    read_file(path_of(id, "stat"));
    const char* end = strrchr(text, ')');
    return end == NULL ? '?' : end[2];
}

static int comes_to_be(pid_t id, char state) {
    for (int i = 0; i < 1000000 && state_of(id) != state; ++i) {
        sched_yield();
    }
    return state_of(id) == state;
}

static void own_files(char** argv) {
    char expected[128];
    snprintf(expected, sizeof(expected), "%d (proc-elf.elf) R %d %d %d ", getpid(), getppid(), getpgrp(), getsid(0));
    read_file("/proc/self/stat");
    check("stat: number, name, state, parent, group, session", strncmp(text, expected, strlen(expected)) == 0);
    int fields = 0;
    for (char* place = text; (place = strchr(place, ' ')) != NULL; ++place) {
        ++fields;
    }
    check("stat: 52 fields", fields == 51);
    check("status: numbers", number("/proc/self/status", "\nPid:\t") == getpid() && number("/proc/self/status", "\nPPid:\t") == getppid());
    check("status: name and state", strncmp(text, "Name:\tproc-elf.elf\n", 19) == 0 && strstr(text, "\nState:\tR (running)\n") != NULL);
    const int size = read_file("/proc/self/cmdline");
    check("cmdline", size == (int)strlen(argv[0]) + 1 && strcmp(text, argv[0]) == 0);
    const ssize_t length = readlink("/proc/self", text, sizeof(text));
    text[length > 0 ? length : 0] = '\0';
    check("self leads to who asks", atoi(text) == getpid());
    struct stat64 one;
    struct stat64 other;
    check("the same file each time", stat64("/proc/self/stat", &one) == 0 && stat64(path_of(getpid(), "stat"), &other) == 0 &&
                                         one.st_ino_low == other.st_ino_low && S_ISREG(one.st_mode) && one.st_size_low == 0);
    check("a way up", chdir("/proc/self") == 0 && chdir("..") == 0 && getcwd(text, sizeof(text)) > 0 && strcmp(text, "/proc") == 0);
    chdir(path_of(getpid(), "fd"));
    snprintf(expected, sizeof(expected), "/proc/%d/fd", getpid());
    check("its own path", getcwd(text, sizeof(text)) > 0 && strcmp(text, expected) == 0);
    chdir("/");
    check("cwd", chdir("/proc/self/cwd") == 0 && getcwd(text, sizeof(text)) == 2);
}

static void reading(void) {
    char piece[16];
    const int file = open("/proc/self/cmdline", O_RDONLY);
    const int whole = (int)pread64(file, text, sizeof(text), 0);
    check("in pieces", read(file, piece, 5) == 5 && memcmp(piece, text, 5) == 0 &&
                           read(file, piece, sizeof(piece)) == (whole - 5 < 16 ? whole - 5 : 16) && memcmp(piece, text + 5, 5) == 0);
    check("past its end", pread64(file, text, 10, whole) == 0 && pread64(file, text, 10, 100000) == 0);
    check("into no memory", lseek(file, 0, SEEK_SET) == 0 && fails(read(file, (void*)16, 5), EFAULT));
    close(file);
    enum { _llseek = 140 };
    const int directory = open("/proc", O_RDONLY | O_DIRECTORY);
    unsigned long long place;
    check("a directory's end is far before 2^40", syscall(_llseek, directory, 1 << 8, 0, &place, SEEK_SET) < 0 ||
                                                      getdents64(directory, text, sizeof(text)) == 0);
    close(directory);
}

/// Whether a line of maps has the address, with these rights.
static int may(const void* address, const char* rights) {
    read_file("/proc/self/maps");
    for (const char* line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        char* end;
        const unsigned long first = strtoul(line, &end, 16);
        const unsigned long last = strtoul(end + 1, &end, 16);
        if (first <= (unsigned long)address && (unsigned long)address < last) {
            return strncmp(end + 1, rights, strlen(rights)) == 0;
        }
    }
    return 0;
}

static void memory(void) {
    enum { size = 1024 * 1024 };
    int local = 0;
    static int global;
    check("maps: code", may((const void*)0x8048000, "r-") && may(&comes_to_be, "r-x"));
    check("maps: data and stack", may(&global, "rw") && may(&local, "rw"));
    char* const got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check("maps: what mmap gave", may(got, "rw") && may(got + size - 1, "rw"));
    check("maps: what mprotect forbade", mprotect(got, 4096, PROT_NONE) == 0 && may(got, "---p") && mprotect(got, 4096, PROT_READ | PROT_WRITE) == 0);
    const long before = number("/proc/self/status", "VmRSS:");
    for (int i = 0; i < size; i += 4096) {
        got[i] = 1;
    }
    const long more = number("/proc/self/status", "VmRSS:") - before;
    check("pages that were touched are counted", more > 700 && more < 1300); // Linux counts some of them later
    munmap(got, size);
    check("maps: what munmap took", !may(got, ""));
}

static void whole_system(void) {
    struct sysinfo told;
    sysinfo(&told);
    check("meminfo: all of it", number("/proc/meminfo", "MemTotal:") == (long)(told.totalram / 1024 * told.mem_unit + told.totalram % 1024 * told.mem_unit / 1024));
    const long free = number("/proc/meminfo", "MemFree:");
    check("meminfo: free", free > 0 && free < number("/proc/meminfo", "MemTotal:"));
    read_file("/proc/uptime");
    const long since = strtol(text, NULL, 10) - told.uptime;
    check("uptime", since >= -2 && since <= 2);
    check("stat: the processors' time", number("/proc/stat", "cpu ") >= 0);
    check("stat: the first one's", number("/proc/stat", "\ncpu0 ") >= 0);
    read_file("/proc/mounts");
    check("mounts", strstr(text, "proc /proc proc ") != NULL); // a changed root (chroot) is not listed on Linux
    read_file("/proc/filesystems");
    check("filesystems", strstr(text, "nodev\tproc\n") != NULL);
}

/// Whether a directory lists a name. `other` is then set to whether it lists that.
static int lists(const char* path, int name, int other_name, int* other) {
    int found = *other = 0;
    DIR* directory = opendir(path);
    for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        found |= (name != 0 || entry->d_name[0] == '0') && atoi(entry->d_name) == name;
        *other |= atoi(entry->d_name) == other_name;
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return found;
}

/// Whether what is asked of /proc is refused with this error. A user other than root is told first, on Linux, that the
/// directory can't be written to.
static int is_refused(int result, int error) {
    return fails(result, error) || fails(result, EACCES);
}

static void directories(void) {
    int other;
    int ends[2];
    check("processes are listed", lists("/proc", getpid(), getpid() + 20000, &other) && !other);
    pipe(ends);
    check("descriptors are listed", lists("/proc/self/fd", ends[0], ends[1], &other) && other && lists("/proc/self/fd", 0, 1, &other) && other);
    write(ends[1], "through", 7);
    snprintf(text, sizeof(text), "/proc/self/fd/%d", ends[0]);
    struct stat64 status;
    check("what they lead to", stat64(text, &status) == 0 && S_ISFIFO(status.st_mode));
    check("by a link", lstat64(text, &status) == 0 && S_ISLNK(status.st_mode) && readlink(text, (char[64]){0}, 64) > 0);
    check("so is cwd", lstat64("/proc/self/cwd", &status) == 0 && S_ISLNK(status.st_mode));
    close(ends[0]);
    close(ends[1]);
    check("one that was closed", fails(stat64(text, &status), ENOENT));
    check("no such file", fails(open("/proc/nothing", O_RDONLY), ENOENT) && fails(open("/proc/self/nothing", O_RDONLY), ENOENT));
    check("no such process", fails(open("/proc/99999999/stat", O_RDONLY), ENOENT) && fails(open("/proc/01/stat", O_RDONLY), ENOENT) &&
                                 fails(open("/proc/0/stat", O_RDONLY), ENOENT) && fails(open("/proc/4294967297/stat", O_RDONLY), ENOENT));
    check("nothing can be made", fails(mkdir("/proc/x", 0755), ENOENT) && fails(open("/proc/x", O_CREAT | O_WRONLY, 0644), ENOENT) &&
                                     fails(mkdir("/proc/self/x", 0755), ENOENT));
    check("nothing can be removed", is_refused(unlink("/proc/self/stat"), EPERM) && is_refused(unlink("/proc/uptime"), EPERM) &&
                                        is_refused(rmdir("/proc/self/fd"), EPERM));
    check("nothing gets another name", fails(link("/proc/uptime", "x"), EXDEV) && fails(link("/proc/self/cwd", "x"), EXDEV));
    check("not even the directory", is_refused(rmdir("/proc"), EBUSY));
    check("nothing can be renamed", rename("/proc/uptime", "/proc/x") == -1 && rename("/proc", "/x") == -1);
}

static void others(void) {
    int status;
    const pid_t child = fork();
    if (child == 0) {
        for (;;) {
            pause();
        }
    }
    check("a child that sleeps", comes_to_be(child, 'S') && number(path_of(child, "status"), "\nPPid:\t") == getpid());
    kill(child, SIGSTOP);
    check("that was stopped", waitpid(child, &status, WUNTRACED) == child && state_of(child) == 'T');
    const int file = open(path_of(child, "stat"), O_RDONLY);
    const int begun = open(path_of(child, "status"), O_RDONLY);
    const int directory = open(path_of(child, ""), O_RDONLY | O_DIRECTORY);
    char piece[4];
    read(begun, piece, sizeof(piece));
    chdir(path_of(child, ""));
    kill(child, SIGKILL);
    check("that has ended", comes_to_be(child, 'Z') && read_file(path_of(child, "cmdline")) == 0 && read_file(path_of(child, "maps")) == 0);
    waitpid(child, &status, 0);
    check("that is no more", fails(open(path_of(child, "stat"), O_RDONLY), ENOENT) && fails(read(file, text, sizeof(text)), ESRCH));
    read(begun, text, sizeof(text)); // the rest of what was begun, or an error: both are right
    check("nor its directory's path", getcwd(text, sizeof(text)) <= 0);
    check("nor its directory", fails(openat(directory, "stat", O_RDONLY), ENOENT) || errno == ESRCH);
    close(file);
    close(begun);
    close(directory);
}

int main(int argc, char** argv) {
    (void)argc;
    own_files(argv);
    reading();
    memory();
    whole_system();
    directories();
    others();
    return wrong;
}
