// What the terminal promises. It says what is to be typed, and what it has read; on Linux it prints the same.
// Ends: exited with status 0, when all has been typed
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int step;
static struct termios first;

/// The test types the next thing when it sees this.
static void ask(void) {
    printf("type %d:", ++step);
}

static void show(const char* bytes, ssize_t count) {
    printf("read %d:", count);
    for (ssize_t i = 0; i < count; ++i) {
        printf(" %02x", (unsigned char)bytes[i]);
    }
    printf("\n");
}

static void read_and_show(size_t size) {
    char bytes[100];
    show(bytes, read(0, bytes, size));
}

static void settings(void) {
    check("it is a terminal", isatty(0) && tcgetattr(0, &first) == 0);
    printf("modes %x %x %x, characters", first.c_iflag & 0xFFF, first.c_oflag, first.c_lflag);
    for (int i = 0; i <= VWERASE; ++i) {
        printf(" %x", first.c_cc[i]);
    }
    printf("\n");
    int ends[2];
    pipe(ends);
    struct termios other;
    check("a pipe is none", !isatty(ends[0]) && errno == ENOTTY && fails(ioctl(ends[0], TIOCGPGRP, &other), ENOTTY));
    write(ends[1], "abc", 3);
    int count = 0;
    check("it tells what can be read, too", ioctl(ends[0], FIONREAD, &count) == 0 && count == 3);
    check("nor is what is not open", fails(ioctl(99, TCGETS, &other), EBADF));
    check("an unknown request", fails(ioctl(0, 0x12345678, &other), ENOTTY));
    check("settings change at one of three times", fails(tcsetattr(0, TCSAFLUSH + 1, &first), EINVAL) && fails(tcsetattr(0, -1, &first), EINVAL));
    check("a bad address", fails(ioctl(0, TCGETS, (void*)0xC0000000), EFAULT) && fails(ioctl(0, TCSETS, (void*)0xC0000000), EFAULT));
    check("this group is in the foreground", tcgetpgrp(0) == getpgrp());
    check("one that does not exist can't be", fails(tcsetpgrp(0, 0x7FFFFFFF), ESRCH) && fails(tcsetpgrp(0, 0), ESRCH));
    check("nor a negative one", fails(tcsetpgrp(0, -5), EINVAL));
    const pid_t other_session = fork();
    if (other_session == 0) {
        setsid();
        pause();
    }
    while (getsid(other_session) != other_session) {
    }
    check("nor one of another session", fails(tcsetpgrp(0, other_session), EPERM));
    kill(other_session, SIGKILL);
    waitpid(other_session, NULL, 0);
    int session = 0;
    check("its session is this one's", ioctl(0, TIOCGSID, &session) == 0 && session == getsid(0));
    const int terminal = open("/dev/tty", O_RDWR);
    check("it is /dev/tty", isatty(terminal));
    close(terminal);
    if (fork() == 0) {
        setsid();
        _exit(fails(open("/dev/tty", O_RDWR), ENXIO) ? 0 : 1);
    }
    int status = 1;
    check("another session has none", waitpid(-1, &status, 0) > 0 && status == 0);
}

static void lines(void) {
    for (int i = 0; i < 4; ++i) {
        ask();
        read_and_show(100);
    }
    ask();
    read_and_show(4);
    read_and_show(100);
    ask();
    char bytes[8];
    const struct iovec pieces[2] = {{(unsigned)bytes, 4}, {(unsigned)bytes + 4, 4}};
    show(bytes, syscall(145, 0, pieces, 2));
    read_and_show(100);
    ask();
    struct pollfd one = {.fd = 0, .events = POLLIN};
    check("the end of input can be waited for", poll(&one, 1, -1) == 1 && one.revents == POLLIN);
    read_and_show(100);
    check("once", poll(&one, 1, 0) == 0);
    for (int i = 0; i < 2; ++i) {
        ask();
        read_and_show(100);
    }
}

static volatile int last;

static void note(int number) {
    last = number;
}

static void signals(void) {
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTSTP};
    for (int i = 0; i < 3; ++i) {
        struct sigaction action = {.sa_handler = note};
        sigaction(numbers[i], &action, NULL);
    }
    for (int i = 0; i < 3; ++i) {
        char byte;
        ask();
        const int interrupted = fails(read(0, &byte, 1), EINTR);
        printf(" signal %d, %d\n", last, interrupted);
    }
    for (int i = 0; i < 3; ++i) {
        signal(numbers[i], SIG_DFL);
    }
}

static void raw_mode(void) {
    struct termios raw = first;
    raw.c_lflag &= ~(unsigned)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(unsigned)(ICRNL | IXON);
    raw.c_cc[VMIN] = 3;
    tcsetattr(0, TCSANOW, &raw);
    ask();
    read_and_show(2);
    read_and_show(100);
    ask();
    read_and_show(1); // does not wait for more than it wants
    int count = 0;
    while (count == 0) {
        ioctl(0, FIONREAD, &count);
    }
    struct pollfd one = {.fd = 0, .events = POLLIN};
    check("there are too few bytes", poll(&one, 1, 0) == 0);
    const int flags = fcntl64(0, F_GETFL);
    fcntl64(0, F_SETFL, flags | O_NONBLOCK);
    read_and_show(100);
    fcntl64(0, F_SETFL, flags);
    raw.c_cc[VMIN] = 0;
    tcsetattr(0, TCSANOW, &raw);
    read_and_show(100);
    check("a read would not wait, but there is nothing to read", poll(&one, 1, 0) == 0);
    ask();
    while (poll(&one, 1, -1) != 1) {
    }
    check("output is thrown away: what was typed stays", ioctl(0, TCFLSH, TCOFLUSH) == 0 && poll(&one, 1, 0) == 1);
    check("input: it does not", ioctl(0, TCFLSH, 0) == 0 && poll(&one, 1, 0) == 0);
    check("there is no third", fails(ioctl(0, TCFLSH, 3), EINVAL));
    tcsetattr(0, TCSAFLUSH, &first);
}

static void window(void) {
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGWINCH, &action, NULL);
    struct winsize size;
    ioctl(0, TIOCGWINSZ, &size);
    last = 0;
    check("the same size is no news", ioctl(0, TIOCSWINSZ, &size) == 0 && last == 0);
    const unsigned short rows = size.ws_row;
    size.ws_row = 7;
    check("another one is", ioctl(0, TIOCSWINSZ, &size) == 0 && last == SIGWINCH);
    struct winsize told;
    check("it is told", ioctl(0, TIOCGWINSZ, &told) == 0 && told.ws_row == 7);
    size.ws_row = rows;
    ioctl(0, TIOCSWINSZ, &size);
    signal(SIGWINCH, SIG_DFL);
}

static int wait_for(pid_t child) {
    int status;
    return waitpid(child, &status, WUNTRACED) == child ? status : -1;
}

static void background(void) {
    signal(SIGTTOU, SIG_IGN);
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        read_and_show(100);
        _exit(7);
    }
    check("who reads in the background is stopped", wait_for(child) == (SIGTTIN << 8 | 0x7F));
    check("it comes to the foreground", tcsetpgrp(0, child) == 0 && tcgetpgrp(0) == child);
    kill(child, SIGCONT);
    ask();
    check("and reads", wait_for(child) == 7 << 8);
    check("the terminal comes back", tcsetpgrp(0, getpgrp()) == 0);
}

static void foreground(void) {
    for (int i = 0; i < 2; ++i) {
        const pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            tcsetpgrp(0, getpid());
            ask();
            while (1) {
            }
        }
        ++step;
        const int status = wait_for(child);
        printf(" an endless loop: %x\n", status);
        if (WIFSTOPPED(status)) {
            kill(child, SIGCONT);
            tcsetpgrp(0, getpgrp());
            kill(child, SIGKILL);
            check("it was stopped only", wait_for(child) == SIGKILL);
        }
        tcsetpgrp(0, getpgrp());
    }
}

/// This process's parent is in another session: its group is orphaned.
static void orphaned(void) {
    ask();
    read_and_show(100);
    const pid_t child = fork();
    if (child == 0) {
        pause();
    }
    setpgid(child, child);
    struct termios stops = first;
    stops.c_lflag |= TOSTOP;
    tcsetattr(0, TCSANOW, &stops);
    tcsetpgrp(0, child);
    char byte;
    const int reads = fails(read(0, &byte, 1), EIO);
    signal(SIGTTOU, SIG_DFL);
    const int writes = fails(write(0, "?", 1), EIO);
    const int sets = fails(tcsetattr(0, TCSANOW, &first), EIO);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpgrp());
    tcsetattr(0, TCSANOW, &first);
    kill(child, SIGKILL);
    check("an orphaned group can't read in the background", wait_for(child) == SIGKILL && reads);
    check("nor write with TOSTOP, nor change settings", writes && sets);
}

/// With an argument: of what is typed only what concerns the background.
int main(int argc, char** argv) {
    (void)argv;
    settings();
    if (argc == 1) {
        lines();
        signals();
        raw_mode();
        window();
    }
    background();
    if (argc == 1) {
        foreground();
        orphaned();
    }
    return wrong;
}
