// A child that uses its parent's memory while the parent waits, one line for each promise. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/linux.h"
#include "check.h"

/// A whole program: an ELF header, a program header, and code at 0x08048054 that ends with status 7.
static const char program[] =
    "\x7F"
    "ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\x54\x80\x04\x08\x34\0\0\0\0\0\0\0\0\0\0\0\x34\0\x20\0\1\0\0\0\0\0\0\0"
    "\1\0\0\0\0\0\0\0\0\x80\x04\x08\0\x80\x04\x08\x60\0\0\0\x60\0\0\0\5\0\0\0\0\x10\0\0"
    "\xBB\7\0\0\0"          // mov ebx, 7
    "\xB8\1\0\0\0\xCD\x80"; // exit

enum { exited_7 = 7 << 8, lends = CLONE_VM | CLONE_VFORK | SIGCHLD };

static char stacks[3][16384];
static volatile int told[8]; // what a child has written
static volatile int handled; // how often the handler was called
static int ends[2];          // of a pipe

static void handle(int number) {
    (void)number;
    ++handled;
}

static void rest(void) {
    const struct timespec time = {0, 20000000};
    nanosleep(&time, NULL);
}

/// clone: the child calls `function` on a stack of its own, and ends with what that returns.
static long clone_call(unsigned flags, int stack, int (*function)(void), int* parents, int* childs) {
    unsigned* const top = (unsigned*)(stacks[stack] + sizeof(stacks[stack])) - 4;
    long result;
    *top = (unsigned)function;
    __asm__ volatile("int $0x80\n\t"
                     "test %%eax, %%eax\n\t"
                     "jnz 1f\n\t"
                     "pop %%eax\n\t"
                     "sub $4, %%esp\n\t" // aligned as for any call
                     "call *%%eax\n\t"
                     "mov %%eax, %%ebx\n\t"
                     "mov $1, %%eax\n\t"
                     "int $0x80\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone), "b"(flags), "c"(top), "d"(parents), "S"(0), "D"(childs)
                     : "memory");
    return result;
}

static int run(const char* path) {
    char* const arguments[] = {"program", NULL};
    return execve(path, arguments, arguments + 1);
}

static int status_of(long child) {
    int status;
    return waitpid((pid_t)child, &status, 0) == child ? status : -1;
}

__attribute__((noinline)) static pid_t seven_by_vfork(void) {
    const pid_t child = vfork();
    if (child == 0) {
        run("seven");
        _exit(127);
    }
    return child;
}

static void calls_of_vfork(void) {
    pid_t child = vfork();
    if (child == 0) {
        rest();
        told[0] = 5;
        told[1] = getpid();
        told[2] = getppid();
        _exit(3);
    }
    check("vfork: the parent has waited, and sees what the child wrote", told[0] == 5);
    check("the child is another process, and the parent's child", told[1] == child && told[2] == getpid());
    check("its exit status", status_of(child) == 3 << 8);
    child = vfork();
    if (child == 0) {
        run("nowhere");
        told[0] = errno;
        _exit(127);
    }
    check("why another program could not be run is told in the memory", told[0] == ENOENT && status_of(child) == 127 << 8);
    child = vfork();
    if (child == 0) {
        told[0] = 6;
        run("seven");
        _exit(127);
    }
    check("another program is run, and the memory is the parent's", told[0] == 6 && status_of(child) == exited_7);
    child = vfork();
    if (child == 0) {
        told[0] = 8;
        kill(getpid(), SIGKILL);
    }
    check("a child that is killed gives it back, too", told[0] == 8 && status_of(child) == SIGKILL);
    int same = 0;
    for (int i = 0; i < 1000; ++i) {
        same += status_of(seven_by_vfork()) == exited_7;
    }
    check("a thousand times", same == 1000);
}

static int tell_of_failure(void) {
    run("nowhere");
    told[0] = errno;
    return 127;
}

static int begin_seven(void) {
    told[0] = 9;
    return run("seven");
}

static int numbers[2];

static int tell_number(void) {
    rest();
    told[0] = numbers[1];
    return 0;
}

static void calls_of_clone(void) {
    long child = clone_call(lends, 0, tell_of_failure, NULL, NULL);
    check("clone with a stack: why it failed is told in the memory", told[0] == ENOENT && status_of(child) == 127 << 8);
    child = clone_call(lends, 0, begin_seven, NULL, NULL);
    check("another program", told[0] == 9 && status_of(child) == exited_7);
    child = clone_call(lends | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, 0, tell_number, &numbers[0], &numbers[1]);
    check("the child's number is told to both, in one memory", numbers[0] == child && numbers[1] == child && told[0] == child);
    check("and it has ended", status_of(child) == 0);
}

// --- What a child does to the memory is done to its parent's ---

static char* begin_of_break;
static char* mapped;
static char* taken;

static int change_memory(void) {
    begin_of_break = (char*)syscall(SYS_brk, 0);
    char* const end = (char*)syscall(SYS_brk, begin_of_break + 10000);
    told[0] = end == begin_of_break + 10000;
    memset(begin_of_break, 'b', 10000);
    mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(mapped, 'm', 8192);
    munmap(taken, 4096);
    return 0;
}

static int write_and_fork(void) {
    told[0] = 1;
    begin_of_break = (char*)syscall(SYS_brk, 0);
    syscall(SYS_brk, begin_of_break + 4096);
    begin_of_break[0] = 0;
    const pid_t child = fork();
    if (child == 0) {
        begin_of_break[0] = 'x'; // which the child has, too
        char* const end = (char*)syscall(SYS_brk, 0);
        told[0] = 2;
        _exit(end == begin_of_break + 4096 ? 7 : 1);
    }
    told[1] = status_of(child);
    return 0;
}

static void memory(void) {
    taken = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    taken[0] = 't';
    long child = clone_call(lends, 0, change_memory, NULL, NULL);
    check("the child moves the break, which is the parent's",
          status_of(child) == 0 && told[0] && (char*)syscall(SYS_brk, 0) == begin_of_break + 10000 && begin_of_break[9999] == 'b');
    begin_of_break[5000] = 'p';
    check("what it maps", mapped[0] == 'm' && mapped[8191] == 'm' && munmap(mapped, 8192) == 0);
    check("what it takes away", fails(write(ends[1], taken, 1), EFAULT));
    check("the parent moves it back", (char*)syscall(SYS_brk, begin_of_break) == begin_of_break);
    child = clone_call(lends, 0, write_and_fork, NULL, NULL);
    check("a fork by the child copies", status_of(child) == 0 && told[0] == 1 && told[1] == exited_7 && begin_of_break[0] == 0);

    // A page that a third process shares with this one is copied when the child writes to it.
    int other[2];
    char byte = 0;
    pipe(other);
    told[0] = 3;
    const pid_t third = fork();
    if (third == 0) {
        read(other[0], &byte, 1);
        _exit(told[0] == 3 && byte == 'g' ? 7 : 1);
    }
    child = vfork();
    if (child == 0) {
        told[0] = 4;
        _exit(0);
    }
    check("a page that is shared with another process", told[0] == 4 && status_of(child) == 0);
    write(other[1], "g", 1);
    check("is not changed there", status_of(third) == exited_7);
    close(other[0]);
    close(other[1]);
}

// --- Lent on: the child lends what it was lent ---

static int innermost(void) {
    rest();
    told[2] = told[1] + 1;
    return run("seven");
}

static int middle(void) {
    told[1] = 10;
    const long child = clone_call(lends, 1, innermost, NULL, NULL);
    told[3] = told[2] == 11;
    return status_of(child) == exited_7 ? run("seven") : 1;
}

static int forked_innermost(void) {
    mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapped[0] = 'i';
    return 0;
}

static int middle_that_maps(void) {
    return status_of(clone_call(lends, 1, forked_innermost, NULL, NULL)) == 0 && mapped[0] == 'i' ? 7 : 1;
}

static void lent_on(void) {
    long child = clone_call(lends, 0, middle, NULL, NULL);
    check("a child lends the memory to a child of its own", told[2] == 11 && told[3] && status_of(child) == exited_7);
    child = clone_call(lends, 0, middle_that_maps, NULL, NULL);
    check("which maps memory for all three", status_of(child) == exited_7 && mapped[0] == 'i' && munmap(mapped, 4096) == 0);
}

// --- Signals, and ends in another order ---

static int signal_parent(void) {
    kill(getppid(), SIGUSR1);
    kill(getppid(), SIGTSTP);
    kill(getppid(), SIGCONT);
    rest();
    told[0] = handled;
    return 7;
}

/// The end of the pipe is told `text` by a process that goes on without its parent.
static int tell_without_parent(int signal, const char* text) {
    const pid_t parent = getppid();
    kill(parent, signal);
    while (getppid() == parent) {
        rest();
    }
    char* const more = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(more, text, 2);
    told[0] = 1;
    write(ends[1], more, 1);
    char* const end = (char*)syscall(SYS_brk, 0);
    const pid_t child = fork(); // all of it can be copied
    if (child == 0) {
        write(ends[1], (char*)syscall(SYS_brk, 0) == end ? more + 1 : "?", 1);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return run("seven");
}

static int kill_parent(void) {
    return tell_without_parent(SIGKILL, "kK");
}

static int terminate_parent(void) {
    return tell_without_parent(SIGTERM, "tT");
}

static int lend_and_be_killed(void) {
    clone_call(lends, 1, kill_parent, NULL, NULL);
    return 1;
}

static int stop_itself(void) {
    const pid_t self = getpid();
    write(ends[1], &self, sizeof(self));
    kill(self, SIGSTOP);
    told[0] = 12;
    return 0;
}

/// Whether two bytes come from the process that has lost its parent.
static int comes(const char* text) {
    char bytes[2] = {0};
    read(ends[0], bytes, 1);
    read(ends[0], bytes + 1, 1);
    return memcmp(bytes, text, 2) == 0;
}

static void signals(void) {
    signal(SIGUSR1, handle);
    long child = clone_call(lends, 0, signal_parent, NULL, NULL);
    check("the parent's signals wait until it has its memory", status_of(child) == exited_7 && told[0] == 0 && handled == 1);

    pid_t parent = fork();
    if (parent == 0) {
        clone_call(lends, 0, kill_parent, NULL, NULL);
        _exit(1);
    }
    check("SIGKILL ends a parent that waits", status_of(parent) == SIGKILL);
    check("the child goes on in memory of its own", comes("kK"));
    parent = fork();
    if (parent == 0) {
        clone_call(lends, 0, terminate_parent, NULL, NULL);
        _exit(1);
    }
    check("so does SIGTERM", status_of(parent) == SIGTERM && comes("tT"));
    parent = fork();
    if (parent == 0) {
        told[0] = 0;
        if (vfork() == 0) {
            _exit(lend_and_be_killed());
        }
        while (told[0] == 0) { // on Linux both run now
            rest();
        }
        _exit(7);
    }
    check("when the one between two is killed, both of them go on", comes("kK") && status_of(parent) == exited_7);

    parent = fork();
    if (parent == 0) {
        child = clone_call(lends, 0, stop_itself, NULL, NULL);
        _exit(told[0] == 12 && status_of(child) == 0 ? 7 : 1);
    }
    pid_t stopped;
    int status;
    read(ends[0], &stopped, sizeof(stopped));
    while (waitpid(parent, &status, WNOHANG) == 0) {
        rest();
        kill(stopped, SIGCONT);
    }
    check("a child that is stopped has the parent wait on", status == exited_7);
    parent = fork();
    if (parent == 0) {
        setpgid(0, 0);
        vfork() == 0 ? (void)kill(0, SIGINT) : _exit(1);
        _exit(2);
    }
    check("a signal to both of them", status_of(parent) == SIGINT);
}

// --- What /proc tells of a parent that waits ---

static char text[2][8192];

static int read_file(int which, pid_t id, const char* name) {
    char path[64];
    int size = 0;
    snprintf(path, sizeof(path), "/proc/%d/%s", id, name);
    const int file = open(path, O_RDONLY);
    for (ssize_t count; file >= 0 && (count = read(file, text[which] + size, sizeof(text[which]) - (size_t)size)) > 0; size += count) {
    }
    close(file);
    return size;
}

static int compare(void) {
    static const char* const names[] = {"maps", "cmdline"};
    for (unsigned i = 0; i < 2; ++i) {
        const int size = read_file(0, getpid(), names[i]);
        told[i] = size > 0 && read_file(1, getppid(), names[i]) == size && memcmp(text[0], text[1], (size_t)size) == 0;
    }
    told[2] = read_file(0, getppid(), "stat") > 0 && read_file(1, getppid(), "status") > 0;
    return 0;
}

static void proc(void) {
    const long child = clone_call(lends, 0, compare, NULL, NULL);
    check("the parent's memory is the child's", status_of(child) == 0 && told[0] && told[1]);
    check("the other files", told[2]);
}

int main(void) {
    pipe(ends);
    const int file = open("seven", O_WRONLY | O_CREAT | O_TRUNC, 0755);
    write(file, program, sizeof(program) - 1);
    close(file);
    calls_of_vfork();
    calls_of_clone();
    memory();
    lent_on();
    signals();
    proc();
    unlink("seven");
    return wrong;
}
