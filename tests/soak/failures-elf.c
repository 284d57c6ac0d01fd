// Each allocation that a row of steps has the kernel make fails once: of frames and of pieces of the heap. A step must say
// ENOMEM, ENOSPC or EAGAIN then, or be killed where a page was promised; and nothing is missing after it.
// Argument: "all" for the last step, too, which takes longer than the others together.
// Ends: exited with status 0
#include "soak.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "abi/trace.h"

enum { killed = 250, pages = 8, page_size = 4096 };

static char page[page_size];

/// In a step: returns the error of a call that has failed.
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        if ((call) < 0) {                                                                                              \
            return errno;                                                                                              \
        }                                                                                                              \
    } while (0)

/// What became of a child: its status, which is an errno.
static int end_of(pid_t child) {
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGKILL ? killed : EINVAL;
}

static int write_all(int to, int size) {
    while (size > 0) {
        const ssize_t written = write(to, page, (size_t)(size < page_size ? size : page_size));
        TRY(written);
        size -= written;
    }
    return 0;
}

// --- The steps: each returns 0, or the errno of the call that has failed ---

static int processes(void) {
    static char* arguments[] = {"true", "with", "arguments", NULL};
    static char* environment[] = {"NAME=value", NULL};
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        execve("/bin/true", arguments, environment);
        _exit(errno);
    }
    const int error = end_of(child);
    if (error != 0) {
        return error;
    }
    const pid_t borrower = vfork(); // errno is the parent's, too
    TRY(borrower);
    if (borrower == 0) {
        execve("/bin/true", arguments, environment);
        _exit(errno);
    }
    return end_of(borrower);
}

static int files(void) {
    TRY(mkdir("/f", 0755));
    TRY(chdir("/f"));
    const int file = open("a", O_RDWR | O_CREAT | O_EXCL, 0644);
    TRY(file);
    const int error = write_all(file, 5 * page_size);
    if (error != 0) {
        return error;
    }
    TRY(pwrite64(file, page, 100, 100LL << 20));
    TRY(pread64(file, page, sizeof(page), 100LL << 20));
    TRY(ftruncate64(file, 3 * page_size));
    TRY(link("a", "b"));
    TRY(symlink("/f/b", "c"));
    TRY(rename("b", "d"));
    TRY(mkdir("e", 0755));
    TRY(open("e/f", O_WRONLY | O_CREAT, 0644));
    TRY(rename("e/f", "e/g"));
    const int folder = open("e", O_RDONLY);
    TRY(folder);
    TRY(getdents64(folder, page, sizeof(page)));
    TRY(getcwd(page, sizeof(page)));
    TRY(readlink("c", page, sizeof(page)));
    TRY(unlink("a"));
    return 0;
}

static void remove_files(void) {
    static const char* const names[] = {"/f/a", "/f/b", "/f/c", "/f/d", "/f/e/f", "/f/e/g"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); ++i) {
        unlink(names[i]);
    }
    rmdir("/f/e");
    rmdir("/f");
}

static int pipes(void) {
    int ends[2];
    TRY(pipe(ends));
    for (int round = 0; round < 3; ++round) {
        const int error = write_all(ends[1], 3 * page_size);
        if (error != 0) {
            return error;
        }
        for (int left = 3 * page_size; left > 0;) {
            const ssize_t size = read(ends[0], page, sizeof(page));
            TRY(size);
            left -= size;
        }
    }
    TRY(dup2(ends[0], 200));
    struct pollfd list[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
    TRY(poll(list, 2, 10));
    const int copy = fcntl64(ends[1], F_DUPFD, 100);
    TRY(copy);
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        close(ends[0]);
        _exit(write_all(ends[1], page_size));
    }
    close(ends[1]); // a child that could not write ends the pipe then
    close(copy);
    TRY(read(ends[0], page, 1));
    return end_of(child);
}

static int memory(void) {
    char* const area = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) {
        return errno;
    }
    for (int i = 0; i < pages; i += 2) {
        area[i * page_size] = 1;
    }
    TRY(mprotect(area + 2 * page_size, 2 * page_size, PROT_READ));
    TRY(munmap(area + 5 * page_size, page_size));
    char* const heap = sbrk(3 * page_size);
    if (heap == (char*)-1) {
        return errno;
    }
    TRY(pread64(checks, heap + 2 * page_size, 100, 0)); // the kernel touches it first
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        memset(area, 2, 4096);
        _exit(0);
    }
    heap[0] = area[0]; // both write to what they share
    return end_of(child);
}

static int what_proc_tells(void) {
    page[0] = 1; // so that it is there
    static const char* const names[] = {"/proc/self/maps", "/proc/self/stat", "/proc/self/status", "/proc/self/cmdline",
                                        "/proc/meminfo",   "/proc",           "/proc/self/fd",     "/proc/self"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); ++i) {
        const int file = open(names[i], O_RDONLY);
        TRY(file);
        if (i < 5) {
            TRY(read(file, page, sizeof(page)));
        } else {
            TRY(getdents64(file, page, sizeof(page)));
        }
    }
    TRY(chdir("/proc/self/fd"));
    TRY(getcwd(page, sizeof(page)));
    return 0;
}

static void ignore(int signal) {
    (void)signal;
}

static int signals(void) {
    const struct sigaction action = {.sa_handler = ignore};
    TRY(sigaction(SIGUSR1, &action, NULL));
    TRY(kill(getpid(), SIGUSR1));
    alarm(1);
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        setsid();
        pause();
    }
    TRY(kill(child, SIGSTOP));
    int status;
    TRY(waitpid(child, &status, WUNTRACED));
    if (WIFSIGNALED(status)) { // before it could be stopped
        return killed;
    }
    TRY(kill(child, SIGKILL));
    const int end = end_of(child);
    return end == killed ? 0 : end;
}

static int traces(void) {
    int ends[2];
    TRY(pipe(ends));
    TRY(syscall(SYS_prctl, PR_TRACE_CALLS, ends[1], 1));
    TRY(open("/dev/null", O_RDWR));
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        _exit(0);
    }
    return end_of(child);
}

/// Whole programs: what they say of it is not looked at, but that they come to an end.
static int shell(void) {
    static char* arguments[] = {
        "sh", "-c", "ls -l / | sort | head -n 3 > /s; cat < /s && for x in 1 2; do echo $x; done; rm /s", NULL};
    static char* environment[] = {"PATH=/bin", NULL};
    const int nothing = open("/dev/null", O_RDWR);
    TRY(nothing);
    for (int descriptor = 0; descriptor < 3; ++descriptor) {
        TRY(dup2(nothing, descriptor));
    }
    const pid_t child = fork();
    TRY(child);
    if (child == 0) {
        execve("/bin/sh", arguments, environment);
        _exit(errno);
    }
    end_of(child);
    return 0;
}

static void remove_shells_file(void) {
    unlink("/s");
}

static void nothing_to_undo(void) {}

static const struct step {
    const char* name;
    int (*act)(void);
    void (*undo)(void);
    // What a call may say, too. EFAULT: it was to write to a page that was promised, and there is no memory for that; so it
    // is on Linux.
    int other_error;
} steps[] = {
    {"processes", processes, nothing_to_undo, ENOMEM},  {"files", files, remove_files, EFAULT},
    {"pipes", pipes, nothing_to_undo, EFAULT},          {"memory", memory, nothing_to_undo, EFAULT},
    {"proc", what_proc_tells, nothing_to_undo, ENOMEM}, {"signals", signals, nothing_to_undo, ENOMEM},
    {"traces", traces, nothing_to_undo, ENOMEM},        {"shell", shell, remove_shells_file, ENOMEM},
};

/// Has the allocation with that number fail, counted from now on; 0: none.
static void set_failure(unsigned allocation) {
    char digits[12];
    const int length = snprintf(digits, sizeof(digits), "%u", allocation);
    if (write(checks, digits, (size_t)length) != length) {
        give_up("/dev/checks can't be written");
    }
}

/// In a process of its own. Returns what became of it.
static int run(const struct step* step, unsigned allocation) {
    pid_t child = fork();
    if (child == 0) {
        set_failure(allocation);
        const int error = step->act();
        set_failure(0);
        _exit(error);
    }
    const int end = end_of(child);
    set_failure(0);
    kill(-1, SIGKILL); // whom it has left
    wait_for_all();
    child = fork();
    if (child == 0) {
        step->undo();
        _exit(0);
    }
    end_of(child);
    return end;
}

/// Returns how many things went wrong.
static int try_all(const struct step* step) {
    unsigned told = 0;
    unsigned killed_by_it = 0;
    int wrong = 0;
    if (run(step, 0) != 0 || run(step, 0) != 0) {
        printf("soak: %s fails even if nothing else does\n", step->name);
        return 1;
    }
    const struct state before = state_now();
    unsigned allocation = 1;
    for (;; ++allocation) {
        const int end = run(step, allocation);
        struct state after = state_now();
        char* const flag = strstr(after.text, "failed") + sizeof("failed ") - 1;
        const int has_failed = *flag == '1';
        *flag = '0';
        if (!has_failed) {
            break;
        }
        const int is_told = end == ENOMEM || end == ENOSPC || end == EAGAIN || end == step->other_error;
        told += is_told ? 1 : 0;
        killed_by_it += end == killed ? 1 : 0;
        if (end != 0 && end != killed && !is_told) {
            printf("soak: %s: allocation %u fails: errno %d (%s)\n", step->name, allocation, end, strerror(end));
            ++wrong;
        }
        if (differs(step->name, &before, &after)) {
            printf("soak: %s: allocation %u failed (end %d)\n", step->name, allocation, end);
            return wrong + 1;
        }
    }
    printf("soak: %s: %u allocations, told %u times, killed %u times\n", step->name, allocation - 1, told,
           killed_by_it);
    return wrong;
}

int main(int argc, char** argv) {
    open_checks();
    settle();
    const size_t count = sizeof(steps) / sizeof(*steps) - (argc > 1 && strcmp(argv[1], "all") == 0 ? 0 : 1);
    int wrong = 0;
    for (size_t i = 0; i < count && wrong == 0; ++i) {
        wrong += try_all(&steps[i]);
    }
    return wrong;
}
