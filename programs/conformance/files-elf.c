// What files, names and descriptors promise, one line each. It prints the same on Linux. Ends: exited with status 0 (the number of wrong answers)
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char text[10000];

/// Whether the next bytes that a descriptor reads are these.
static int reads(int descriptor, const char* wanted) {
    const size_t size = strlen(wanted);
    return read(descriptor, text, size) == (ssize_t)size && memcmp(text, wanted, size) == 0;
}

static int make(const char* name, const char* contents, int flags) {
    const int descriptor = open(name, O_RDWR | O_CREAT | flags, 0644);
    write(descriptor, contents, strlen(contents));
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

static unsigned links(const char* name) {
    struct stat64 status;
    return stat64(name, &status) == 0 ? status.st_nlink : 0;
}

static void numbers(void) {
    check("the first file is 3", make("one", "abcdefgh", 0) == 3);
    check("a duplicate is the next", dup(3) == 4 && dup(3) == 5);
    check("the lowest free one is taken", close(4) == 0 && open("one", O_RDONLY) == 4);
    check("closed is closed", close(4) == 0 && fails(close(4), EBADF) && fails(read(4, text, 1), EBADF));
    check("a negative one is none", fails(close(-1), EBADF) && fails(read(-1, text, 1), EBADF) && fails(dup(-1), EBADF));
}

static void sharing(void) {
    check("a duplicate shares the place", reads(3, "abc") && reads(5, "de"));
    check("a new open file does not", open("one", O_RDONLY) == 4 && reads(4, "abc"));
    check("closing one leaves the other", close(3) == 0 && reads(5, "fg"));
    check("one number more, and it is the same", dup2(5, 3) == 3 && reads(3, "h"));
    check("dup2 closes what was there", dup2(5, 4) == 4 && lseek(4, 0, SEEK_CUR) == 8);
    check("a flag of the descriptor is not shared", fcntl64(5, F_SETFD, FD_CLOEXEC) == 0 && fcntl64(3, F_GETFD) == 0);
    check("after the end there is nothing", read(3, text, 1) == 0);
    check("no place before the beginning", fails(lseek(3, -9, SEEK_END), EINVAL) && lseek(3, 0, SEEK_CUR) == 8);
    close(3);
    close(4);
    close(5);
}

static void no_descriptor_left(void) {
    int last = make("full", "abc", 0);
    close(last);
    for (int next; (next = dup(0)) >= 0;) {
        last = next;
    }
    check("no descriptor is left to cut a file off", fails(open("full", O_WRONLY | O_TRUNC), EMFILE));
    check("or to make one", fails(open("new", O_WRONLY | O_CREAT, 0644), EMFILE));
    for (; last > 2; --last) {
        close(last);
    }
    const int file = open("full", O_RDONLY);
    check("and neither is done", reads(file, "abc") && links("new") == 0 && close(file) == 0 && unlink("full") == 0);
}

/// No call moves more than 0x7FFFF000 bytes, so that its result is positive.
static void too_many_bytes(void) {
    const int nothing = open("/dev/null", O_RDWR);
    struct iovec pieces[3] = {{(unsigned)text, 0x40000000}, {(unsigned)text, 0x40000000}, {(unsigned)text, 0x40000000}};
    check("2 GiB are too many for one write", write(nothing, text, 0x80000000) == 0x7FFFF000);
    check("also in pieces", syscall(146, nothing, pieces, 3) == 0x7FFFF000);
    check("nothing is nothing", read(nothing, text, 0x80000000) == 0 && syscall(145, nothing, pieces, 3) == 0);
    pieces[2].iov_len = 0x80000000;
    check("a piece has less", fails(syscall(146, nothing, pieces, 3), EINVAL));
    close(nothing);
}

/// Pages and pieces of other sizes.
static void pieces_of_a_file(void) {
    struct iovec pieces[4] = {{(unsigned)text + 5000, 3000}, {0, 0}, {(unsigned)text, 5000}, {(unsigned)text + 8000, 2000}};
    const int file = open("pieces", O_RDWR | O_CREAT, 0644);
    for (size_t i = 0; i < sizeof(text); ++i) {
        text[i] = (char)('a' + i % 23);
    }
    check("pieces are written", syscall(146, file, pieces, 4) == 10000 && lseek(file, 0, SEEK_SET) == 0);
    memset(text, 0, sizeof(text));
    check("and read", syscall(145, file, pieces, 4) == 10000 && lseek(file, 0, SEEK_CUR) == 10000);
    int right = 1;
    for (size_t i = 0; i < sizeof(text); ++i) {
        right = right && text[i] == (char)('a' + i % 23);
    }
    check("each in its place", right && pread64(file, text, 2, 2999) == 2 && text[0] == 'a' + 7999 % 23 && text[1] == 'a');
    check("no pieces", syscall(146, file, pieces, 0) == 0 && fails(syscall(146, file, pieces, -1), EINVAL));
    check("no list", fails(syscall(146, file, 4, 1), EFAULT));
    close(file);
    unlink("pieces");
}

static void bytes(void) {
    const int file = open("two", O_RDWR | O_CREAT, 0644);
    for (size_t i = 0; i < sizeof(text); ++i) {
        text[i] = (char)('a' + i % 23);
    }
    const int between = open("between", O_WRONLY | O_CREAT, 0644); // has the frames after those of the other
    ssize_t written = 0;
    for (size_t i = 0; i < sizeof(text); i += 4096) {
        written += write(file, text + i, sizeof(text) - i < 4096 ? sizeof(text) - i : 4096);
        write(between, text, 4096);
    }
    close(between);
    check("two pages and more are written", written == sizeof(text));
    memset(text, 0, sizeof(text));
    check("a read across pages", pread64(file, text, 6000, 1000) == 6000);
    int right = 1;
    for (size_t i = 0; i < 6000; ++i) {
        right = right && text[i] == (char)('a' + (1000 + i) % 23);
    }
    check("gets these bytes", right);
    check("to bad memory it fails", lseek(file, 0, SEEK_SET) == 0 && fails(read(file, (void*)0xC0000000, 10), EFAULT));
    lseek(file, 20000, SEEK_SET);
    check("past the end a hole is left", write(file, "x", 1) == 1 && pread64(file, text, 3, 15000) == 3 && text[0] == 0);
    close(file);
    // A write that fails on its way, at the end of the memory that there is.
    char* const memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(memory + 4096, 4096);
    memset(memory + 4046, 'X', 50);
    const int grown = open("grown", O_RDWR | O_CREAT, 0644);
    write(grown, "0123456789", 10);
    written = write(grown, memory + 4046, 100);
    const ssize_t end = 10 + (written > 0 ? written : 0);
    check("a file that grows has zeros", ftruncate64(grown, 100) == 0 && pread64(grown, text, 100, 0) == 100 &&
                                             memcmp(text + end, text + end + 1, (size_t)(99 - end)) == 0 && text[end] == 0);
    close(grown);
    unlink("grown");
    const int one = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int other = open("log", O_WRONLY | O_APPEND);
    check("two append", write(one, "1", 1) == 1 && write(other, "22", 2) == 2 && write(one, "3", 1) == 1);
    close(one);
    close(other);
    const int log = open("log", O_RDONLY);
    check("and nothing is lost", reads(log, "1223") && read(log, text, 1) == 0);
    close(log);
}

/// Access mode 3 is Linux's for ioctl only.
static void neither_read_nor_write(void) {
    close(make("neither", "abc", 0));
    const int file = open("neither", O_WRONLY | O_RDWR);
    check("mode 3 opens", file >= 0);
    check("not for reading", fails(read(file, text, 1), EBADF) && fails(pread64(file, text, 1, 0), EBADF));
    check("nor for writing", fails(write(file, "x", 1), EBADF) && fails(ftruncate64(file, 0), EINVAL));
    close(file);
    unlink("neither");
}

/// A path of PATH_MAX bytes and more can't be told, whatever the room for it.
static void a_long_way_down(void) {
    int depth = 0;
    while (depth < 2100 && mkdir("x", 0700) == 0 && chdir("x") == 0) {
        ++depth;
    }
    check("a path of 4,200 bytes", depth == 2100);
    check("too long for getcwd", fails(getcwd(text, 10), ENAMETOOLONG) && fails(getcwd(text, sizeof(text)), ENAMETOOLONG));
    for (; depth > 0; --depth) {
        chdir("..");
        rmdir("x");
    }
    check("too short a buffer for it", fails(getcwd(text, 3), ERANGE));
}

static void cutting_off(void) {
    close(make("cut", "abc", 0));
    const int file = open("cut", O_RDONLY | O_TRUNC);
    check("who only reads cuts off, too", read(file, text, 1) == 0 && close(file) == 0 && unlink("cut") == 0);
    check("but no directory", fails(open(".", O_RDONLY | O_TRUNC), EISDIR));
}

static void names(void) {
    check("a file of two names", link("log", "diary") == -1 ? errno == EPERM : links("log") == 2 && links("diary") == 2);
    unlink("diary");
    const int kept = make("kept", "still here", 0);
    struct stat64 status;
    check("a name goes", unlink("kept") == 0 && fails(open("kept", O_RDONLY), ENOENT));
    check("and the file stays", reads(kept, "still here") && fstat64(kept, &status) == 0 && status.st_nlink == 0);
    check("another may have the name", make("kept", "other", 0) == 4 && reads(4, "other"));
    check("and is another", lseek(kept, 0, SEEK_SET) == 0 && reads(kept, "still here"));
    close(kept);
    close(4);
    check("no file is a directory", fails(open("kept/x", O_RDONLY), ENOTDIR) && fails(open("kept/", O_RDONLY), ENOTDIR));
    check("what is not there is not there", fails(open("nothing", O_RDONLY), ENOENT) && fails(open("", O_RDONLY), ENOENT));
    check("a link to itself", symlink("loop", "loop") == 0 && fails(open("loop", O_RDONLY), ELOOP));
    check("a link is removed, not what it leads to",
          symlink("kept", "to") == 0 && unlink("to") == 0 && links("kept") == 1);
    unlink("loop");
}

static void directories(void) {
    check("a directory is made", mkdir("inner", 0755) == 0 && mkdir("inner/more", 0755) == 0);
    check("one that is not empty stays", fails(rmdir("inner"), ENOTEMPTY));
    check("none goes into itself", fails(rename("inner", "inner/more/x"), EINVAL));
    check("an empty one goes", rmdir("inner/more") == 0 && fails(rmdir("inner/more"), ENOENT));
    check("also with somebody in it", chdir("inner") == 0 && rmdir("../inner") == 0);
    check("who can make nothing there", fails(open("x", O_CREAT | O_WRONLY, 0644), ENOENT) && fails(mkdir("x", 0755), ENOENT));
    check("and has no path, but a way out", fails(getcwd(text, sizeof(text)), ENOENT) && chdir("..") == 0);
    check("to where names can be made", getcwd(text, sizeof(text)) > 0 && mkdir("later", 0755) == 0 && rmdir("later") == 0);
    check("a dot is none", fails(rmdir("/."), EINVAL) && fails(rmdir("/./"), EINVAL) && fails(rmdir("/dev/."), EINVAL));
    check("nor are two", fails(rmdir("/dev/.."), ENOTEMPTY) && fails(rmdir("/.."), ENOTEMPTY) && fails(rmdir("/proc/self/.."), ENOTEMPTY));
    check("the root stays", fails(rmdir("/"), EBUSY) && fails(rmdir("//"), EBUSY));
}

/// Removes all that is in the current directory while it is listed, and says how many that were.
static int remove_all(void) {
    int count = 0;
    DIR* const directory = opendir(".");
    for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] != '.' && unlink(entry->d_name) == 0;
    }
    closedir(directory);
    return count;
}

static void listing(void) {
    char name[] = "file-00";
    for (int i = 0; i < 60; ++i) {
        name[5] = (char)('0' + i / 10);
        name[6] = (char)('0' + i % 10);
        close(make(name, "", 0));
    }
    check("all are listed, though they go meanwhile", remove_all() == 65);
    check("and none is left", remove_all() == 0);
}

/// What the libc promises of its streams.
static void streams(void) {
    close(make("lines", "a line\nmore", 0));
    FILE* file = fopen("lines", "r");
    char* line = NULL;
    size_t capacity = 100; // of nothing
    check("getline makes room where there is none", getline(&line, &capacity, file) == 7 && strcmp(line, "a line\n") == 0);
    text[0] = 'x';
    check("room for the NUL alone is a text", fgets(text, 1, file) == text && text[0] == '\0');
    check("and takes nothing", fgets(text, 10, file) == text && strcmp(text, "more") == 0);
    check("at the end there is none", fgets(text, 10, file) == NULL && fclose(file) == 0);
    free(line);

    const int input = dup(0);
    check("one that was always there can be closed", fclose(stdin) == 0 && fails(close(0), EBADF));
    dup2(input, 0);
    close(input);

    const int errors = dup(2);
    const int told = open("lines", O_RDWR | O_TRUNC);
    dup2(told, 2);
    for (int i = 0; i < 3; ++i) {
        errno = ENOENT;
        perror(i == 0 ? "one" : i == 1 ? "" : NULL);
    }
    dup2(errors, 2);
    close(errors);
    char wanted[200];
    snprintf(wanted, sizeof(wanted), "one: %s\n%s\n%s\n", strerror(ENOENT), strerror(ENOENT), strerror(ENOENT));
    lseek(told, 0, SEEK_SET);
    check("perror has a colon after a text only", reads(told, wanted));
    close(told);
    unlink("lines");
}

int main(void) {
    check("a place for it", mkdir("conformance", 0755) == 0 && chdir("conformance") == 0);
    numbers();
    sharing();
    no_descriptor_left();
    too_many_bytes();
    pieces_of_a_file();
    bytes();
    neither_read_nor_write();
    a_long_way_down();
    cutting_off();
    names();
    const int here = open(".", O_RDONLY);
    directories();
    check("back", fchdir(here) == 0 && close(here) == 0);
    listing();
    streams();
    check("all is gone", chdir("..") == 0 && rmdir("conformance") == 0);
    return wrong;
}
