// What pipes promise, one line each. It prints the same on Linux. Ends: exited with status 0 (the number of wrong answers)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static char large[200000];
static int ends[2];

static void open_pipe(int flags) {
    check("a pipe is made", pipe2(ends, flags) == 0);
}

static void close_pipe(void) {
    close(ends[0]);
    close(ends[1]);
}

static void descriptors(void) {
    check("its ends are the lowest free descriptors", pipe(ends) == 0 && ends[0] == 3 && ends[1] == 4);
    struct stat64 status;
    check("an end is a pipe", fstat64(ends[0], &status) == 0 && S_ISFIFO(status.st_mode));
    check("the first end can't be written to", fails(write(ends[0], "a", 1), EBADF));
    check("the second can't be read from", fails(read(ends[1], large, 1), EBADF));
    check("an end has no place to seek", fails(lseek(ends[0], 0, SEEK_CUR), ESPIPE));
    check("nor one to read at", fails(pread64(ends[0], large, 1, 0), ESPIPE));
    check("its flags", fcntl64(ends[0], F_GETFL) == O_RDONLY && fcntl64(ends[1], F_GETFL) == O_WRONLY);
    check("it survives exec", fcntl64(ends[0], F_GETFD) == 0);
    close_pipe();
    open_pipe(O_CLOEXEC | O_NONBLOCK);
    check("unless told otherwise", fcntl64(ends[1], F_GETFD) == FD_CLOEXEC);
    check("O_NONBLOCK is kept", fcntl64(ends[0], F_GETFL) == (O_RDONLY | O_NONBLOCK));
    close_pipe();
    check("unknown flags are refused", fails(pipe2(ends, 1 << 30), EINVAL));
    check("a bad address is told", fails(pipe((int*)0xC0000000), EFAULT));
    check("and costs no descriptor", pipe(ends) == 0 && ends[0] == 3 && ends[1] == 4);
    close_pipe();
    while (dup(0) >= 0) {
    }
    check("no descriptor left", fails(pipe(ends), EMFILE));
    close(200);
    check("one is not enough", fails(pipe(ends), EMFILE) && fails(close(200), EBADF));
    for (int i = 3; i < 256; ++i) {
        close(i);
    }
}

static void bytes(void) {
    char text[16];
    open_pipe(0);
    check("a write of nothing", write(ends[1], "", 0) == 0);
    check("bytes go in", write(ends[1], "hello ", 6) == 6 && write(ends[1], "pipe", 4) == 4);
    check("and come out in pieces of any size", read(ends[0], text, 3) == 3 && memcmp(text, "hel", 3) == 0);
    check("a read of nothing", read(ends[0], text, 0) == 0);
    check("a read gets what there is", read(ends[0], text, sizeof(text)) == 7 && memcmp(text, "lo pipe", 7) == 0);
    check("a bad buffer to write", fails(write(ends[1], (void*)0xBFFFFF00, 0x1000), EFAULT));
    write(ends[1], "x", 1);
    check("a bad buffer to read", fails(read(ends[0], (void*)0xC0000000, 1), EFAULT));
    check("takes nothing out", read(ends[0], text, 2) == 1 && text[0] == 'x');
    struct iovec pieces[2] = {{(unsigned)text, 4}, {(unsigned)text + 4, 4}};
    write(ends[1], "abcd", 4);
    check("readv does not wait for its second piece", syscall(145, ends[0], pieces, 2) == 4);
    close_pipe();
}

static void ends_of_files(void) {
    char text[4];
    open_pipe(0);
    const int second = dup(ends[1]);
    write(ends[1], "ab", 2);
    close(ends[1]);
    check("what was written before the end is read", read(ends[0], text, 4) == 2);
    write(second, "c", 1);
    close(second);
    check("also by a second descriptor", read(ends[0], text, 4) == 1);
    check("then it is at its end", read(ends[0], text, 4) == 0 && read(ends[0], text, 4) == 0);
    close(ends[0]);
}

static void without_waiting(void) {
    open_pipe(O_NONBLOCK);
    check("an empty pipe", fails(read(ends[0], large, 1), EAGAIN));
    int written = 0;
    while (write(ends[1], large, 4096) == 4096) {
        written += 4096;
    }
    check("a full pipe", errno == EAGAIN);
    check("holds 64 KiB", written == 65536);
    read(ends[0], large, 4096);
    check("has room again when something was read", write(ends[1], large, 4096) == 4096);
    read(ends[0], large, 4096);
    check("a long write takes what there is room for", write(ends[1], large, 10000) == 4096);
    close_pipe();
    open_pipe(O_NONBLOCK);
    check("a very long one, too", write(ends[1], large, 200000) == 65536);
    check("a read takes all of it", read(ends[0], large, 200000) == 65536);
    close_pipe();
    open_pipe(O_NONBLOCK);
    write(ends[1], large, 65536 - 4096);
    check("a short write is not torn apart", write(ends[1], large, 4096) == 4096 && fails(write(ends[1], large, 4096), EAGAIN));
    check("nor where there is room for a part of it", read(ends[0], large, 100) == 100 && fails(write(ends[1], large, 4096), EAGAIN));
    close_pipe();
    open_pipe(O_NONBLOCK);
    write(ends[1], large, 65536 - 100);
    struct iovec pieces[2] = {{(unsigned)large, 60}, {(unsigned)large, 60}};
    check("nor one of two pieces of memory", fails(syscall(146, ends[1], pieces, 2), EAGAIN));
    close_pipe();
}

/// The child's writes wait for the parent's reads, and the other way round.
static void two_processes(void) {
    open_pipe(0);
    for (size_t i = 0; i < sizeof(large); ++i) {
        large[i] = (char)(i * 7 % 251);
    }
    if (fork() == 0) {
        close(ends[0]);
        _exit(write(ends[1], large, sizeof(large)) == (ssize_t)sizeof(large) ? 5 : 1);
    }
    close(ends[1]);
    size_t total = 0;
    int right = 1;
    char piece[3000];
    for (ssize_t got; (got = read(ends[0], piece, sizeof(piece))) > 0; total += (size_t)got) {
        for (ssize_t i = 0; i < got; ++i) {
            right &= piece[i] == (char)((total + (size_t)i) * 7 % 251);
        }
    }
    check("200000 bytes through a pipe, none lost", total == sizeof(large) && right);
    check("the writer wrote them in one call", status_of_child() == 5 << 8);
    close(ends[0]);
}

static void ping_pong(void) {
    int there[2];
    int back[2];
    pipe(there);
    pipe(back);
    if (fork() == 0) {
        close(there[1]);
        char letter;
        while (read(there[0], &letter, 1) == 1) {
            ++letter;
            write(back[1], &letter, 1);
        }
        _exit(0);
    }
    close(there[0]);
    char letter = 0;
    for (int i = 0; i < 100; ++i) {
        write(there[1], &letter, 1);
        read(back[0], &letter, 1);
    }
    check("a byte came back a hundred times", letter == 100);
    close(there[1]);
    check("the child saw the end", status_of_child() == 0);
    close(back[0]);
    close(back[1]);
}

/// Several writers at a time: each piece of at most PIPE_BUF bytes comes out whole, also if the writer has it in two.
static void whole_pieces(void) {
    enum { writers = 4, pieces = 40, size = 3001 };
    open_pipe(0);
    for (int i = 0; i < writers; ++i) {
        if (fork() == 0) {
            memset(large, 'A' + i, size);
            const struct iovec both[2] = {{(unsigned)large, 1000}, {(unsigned)large + 1000, size - 1000}};
            for (int j = 0; j < pieces; ++j) {
                syscall(146, ends[1], both, 2);
            }
            _exit(0);
        }
    }
    close(ends[1]);
    size_t total = 0;
    for (ssize_t got; (got = read(ends[0], large, size)) > 0; total += (size_t)got) {
        for (ssize_t rest = size - got; rest > 0; rest -= got) {
            total += (size_t)got;
            got = read(ends[0], large + size - rest, (size_t)rest);
        }
        for (int i = 1; i < size; ++i) {
            if (large[i] != large[0]) {
                check("a piece is torn apart", 0);
                return;
            }
        }
    }
    check("every piece came out whole", total == (size_t)writers * pieces * size);
    for (int i = 0; i < writers; ++i) {
        status_of_child();
    }
    close(ends[0]);
}

int main(void) {
    descriptors();
    bytes();
    ends_of_files();
    without_waiting();
    two_processes();
    ping_pong();
    whole_pieces();
    return wrong;
}
