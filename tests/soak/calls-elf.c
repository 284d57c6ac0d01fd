// Random system calls: rounds of 32 processes, each of which makes up to 250 calls with arguments that are likely to be
// almost right. After each round all of them are ended, what they made is removed, and the kernel's state is compared
// with that of before. Arguments: the seed, how many calls at least, and how many seconds a round may take. Ends: exited with status 0
#include "soak.h"

#include "abi/terminal.h"
#include "abi/trace.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <termios.h>

enum { processes = 32, calls_each = 250, arena_size = 4 * 4096, most_arguments = 6 };

/// What an argument is, as its type and name in the list say.
enum kind { number, descriptor, path, vector, buffer, size, process_id, signal_number, flags, permissions, options };

static struct call {
    unsigned number;
    const char* name;
    const char* parameters; // "int descriptor, UserPointer<char> buffer, size_t size"
    unsigned count;
    enum kind kinds[most_arguments];
} calls[] = {
#define SYSTEM_CALL(number, name, ...) {number, #name, "" #__VA_ARGS__, 0, {0}},
#include "abi/system_calls.def"
#undef SYSTEM_CALL
};
enum { call_count = sizeof(calls) / sizeof(*calls) };

static enum kind kind_of(const char* parameter, size_t length) {
    static const struct {
        const char* part;
        enum kind kind;
    } kinds[] = {
        {"descriptor", descriptor},
        {"int directory", descriptor},
        {"int wanted", descriptor},
        {"const char> path", path},
        {"const char> from", path},
        {"const char> to", path},
        {"const char> target", path},
        {"> arguments", vector},
        {"> environment", vector},
        {"UserPointer", buffer},
        {"size", size},
        {"count", size},
        {"int id", process_id},
        {"int group", process_id},
        {"unsigned number", signal_number},
        {"flags", flags},
        {"permissions", permissions},
        {"unsigned mode", permissions},
        {"int options", options},
    };
    char text[80];
    snprintf(text, sizeof(text), "%.*s", (int)length, parameter);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); ++i) {
        if (strstr(text, kinds[i].part) != NULL) {
            return kinds[i].kind;
        }
    }
    return number;
}

static void read_list(void) {
    for (unsigned i = 0; i < call_count; ++i) {
        const char* parameter = calls[i].parameters;
        while (*parameter != '\0') {
            const size_t length = strcspn(parameter, ",");
            calls[i].kinds[calls[i].count++] = kind_of(parameter, length);
            parameter += length + strspn(parameter + length, ", ");
        }
    }
}

// --- Values ---

static uint32_t random_state;

/// The next of a sequence that looks random: xorshift of 32 bits (Marsaglia, "Xorshift RNGs", 2003).
static uint32_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static uint32_t below(uint32_t limit) {
    return next_random() % limit;
}

static pid_t keeper; // who starts the rounds, and must live on
static unsigned char* arena;
static uint32_t last_mapping;
static volatile int wake_ups;

static void wake_up(int signal) {
    wake_ups += signal;
}

static uint32_t any_number(void) {
    static const uint32_t values[] = {0,      1,          2,          3,          4,          7,
                                      8,      16,         100,        4095,       4096,       4097,
                                      65536,  0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF, TCGETS,
                                      TCSETS, TIOCGPGRP,  TIOCSPGRP,  TIOCGWINSZ, FIONREAD,   PR_TRACE_CALLS};
    return below(4) == 0 ? next_random() >> below(32) : values[below(sizeof(values) / sizeof(*values))];
}

static uint32_t any_address(void) {
    static const uint32_t bad[] = {0,          1,          0x1000,     0x80000000, 0xBFFFFFFF,
                                   0xC0000000, 0xC0100000, 0xF8000000, 0xFFFFFFFC};
    switch (below(16)) {
    case 0:
        return bad[below(sizeof(bad) / sizeof(*bad))];
    case 1: // its last bytes
        return (uint32_t)(uintptr_t)arena + arena_size - below(64);
    case 2:
        return last_mapping + (below(4) << 12);
    case 3: // what can't be written
        return (uint32_t)(uintptr_t)wake_up;
    default:
        return (uint32_t)(uintptr_t)arena + (below(arena_size) & ~15U);
    }
}

static uint32_t any_size(void) {
    static const uint32_t sizes[] = {0,    1,    8,     8,       8,       16,         100,       4096,
                                     4096, 8192, 65536, 1 << 20, 1 << 29, 0x7FFFFFFF, 0xFFFFFFFF};
    return below(4) == 0 ? below(arena_size) : sizes[below(sizeof(sizes) / sizeof(*sizes))];
}

/// Names in the folder in which all of them work. Others are what the system needs: `is_safe` is whether the call may
/// have those. None leads into a folder where something could be made and would stay.
static uint32_t any_path(int is_safe) {
    static char long_name[300];
    static const char* const own[] = {"a",  "b", "c", "d",  "a/b",  "a/c",     "b/../c", "./d",
                                      "c/", "",  ".", "..", "../a", "a/../..", long_name};
    static const char* const others[] = {"/",
                                         "/dev/null",
                                         "/dev/zero",
                                         "/dev/full",
                                         "/proc",
                                         "/proc/self",
                                         "/proc/self/maps",
                                         "/proc/self/fd",
                                         "/proc/self/stat",
                                         "/proc/1/status",
                                         "/proc/meminfo"};
    memset(long_name, 'x', sizeof(long_name) - 1);
    if (below(16) == 0) {
        return any_address();
    }
    return is_safe && below(4) == 0 ? (uint32_t)(uintptr_t)others[below(sizeof(others) / sizeof(*others))]
                                    : (uint32_t)(uintptr_t)own[below(sizeof(own) / sizeof(*own))];
}

/// The keeper's children, this one most often.
static uint32_t any_process(int is_to_kill) {
    const uint32_t own = (uint32_t)getpid();
    const uint32_t id[] = {own, own, own + 1, own - 1, own + below(64) - 32, 0, 0xFFFFFFFF, 0 - own};
    const uint32_t chosen = id[below(sizeof(id) / sizeof(*id))];
    const int is_harmless = chosen == 0 || chosen == 0 - own || (chosen > (uint32_t)keeper && chosen < 0x80000000);
    return !is_to_kill || is_harmless ? chosen : own;
}

static uint32_t any_of(enum kind kind, const struct call* call) {
    static char* arguments[] = {"true", "x", NULL};
    static const uint32_t flag[] = {O_RDWR,       O_WRONLY,    O_CREAT,       O_EXCL,     O_TRUNC,
                                    O_APPEND,     O_NONBLOCK,  O_DIRECTORY,   O_NOFOLLOW, O_CLOEXEC,
                                    AT_REMOVEDIR, MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED,  MAP_SHARED};
    const int removes = strncmp(call->name, "unlink", 6) == 0 || strncmp(call->name, "rename", 6) == 0 ||
                        strcmp(call->name, "rmdir") == 0;
    switch (kind) {
    case descriptor:
        return below(8) == 0 ? any_number() : below(4) == 0 ? (uint32_t)AT_FDCWD : below(12);
    case path:
        if (strcmp(call->name, "execve") == 0 && below(2) == 0) {
            return (uint32_t)(uintptr_t) "/bin/true";
        }
        return any_path(!removes && strncmp(call->name, "symlink", 7) != 0);
    case vector:
        return below(2) == 0 ? (uint32_t)(uintptr_t)arguments : any_address();
    case buffer:
        return any_address();
    case size:
        return any_size();
    case process_id:
        return any_process(strstr(call->name, "kill") != NULL);
    case signal_number:
        return below(8) == 0 ? any_number() : below(66);
    case flags:
        return below(8) == 0 ? any_number()
                             : flag[below(15)] | flag[below(15)] | (below(2) == 0 ? O_CREAT | O_RDWR : flag[below(15)]);
    case permissions:
        return below(8) == 0 ? any_number() : below(01000);
    case options:
        return below(8) == 0 ? any_number() : WNOHANG | below(16);
    case number:
        break;
    }
    return below(3) == 0 ? any_size() : any_number();
}

/// Words of which structures may be made: small numbers, descriptors with events, addresses with sizes, and a handler.
static void fill_arena(void) {
    uint32_t* words = (uint32_t*)arena;
    for (unsigned i = 0; i < arena_size / sizeof(*words); ++i) {
        switch (below(6)) {
        case 0:
            words[i] = any_address();
            break;
        case 1:
            words[i] = (uint32_t)(uintptr_t)wake_up;
            break;
        case 2:
            words[i] = any_number();
            break;
        default:
            words[i] = below(12);
        }
    }
}

// --- One process ---

/// int 0x80 with all six arguments, and none of the C library's errno.
static uint32_t enter_kernel(uint32_t call, const uint32_t* argument) {
    uint32_t result = call;
    __asm__ volatile(
        "push %%ebp; mov 20(%%esi), %%ebp; mov 16(%%esi), %%edi; push %%esi; mov 12(%%esi), %%esi;"
        "int $0x80; pop %%esi; pop %%ebp"
        : "+a"(result)
        : "b"(argument[0]), "c"(argument[1]), "d"(argument[2]), "S"(argument)
        : "edi", "memory");
    return result;
}

/// Whoever waits is woken by SIGALRM, whatever its calls have made of that.
static void set_alarm(void) {
    const struct itimerval often = {{0, 20000}, {0, 20000}};
    struct sigaction action = {0};
    sigset_t all;
    action.sa_handler = wake_up;
    sigaction(SIGALRM, &action, NULL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
}

/// What most often is a process's last call, and so has to be rare.
static int ends_caller(uint32_t call) {
    return call == SYS_exit || call == SYS_exit_group || call == SYS_sigreturn || call == SYS_rt_sigreturn ||
           call == SYS_execve || call == SYS_kill || call == SYS_tkill || call == SYS_tgkill;
}

/// Its first descriptors: the console, which it can't write to, a file that takes all, and a pipe.
static void fuzz(void) {
    unsigned made = 0;
    int ends[2];
    setsid();
    for (int i = 0; i < 256; ++i) {
        close(i);
    }
    open("/dev/console", O_RDONLY | O_NOCTTY);
    open("/dev/null", O_RDWR);
    pipe(ends);
    arena = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fill_arena();
    for (unsigned left = calls_each; left > 0; --left) {
        if (left % 16 == 0) {
            set_alarm();
        }
        const struct call* call = &calls[below(call_count)];
        uint32_t argument[most_arguments];
        for (unsigned i = 0; i < most_arguments; ++i) {
            argument[i] = i < call->count ? any_of(call->kinds[i], call) : any_number();
        }
        const uint32_t wanted = below(64) != 0 ? call->number : any_number() | 1U << 9; // which is no call's
        if (wanted == SYS_reboot || (ends_caller(wanted) && below(32) != 0)) {
            continue;
        }
        if (wanted == SYS_exit || wanted == SYS_exit_group) {
            break;
        }
        const uint32_t result = enter_kernel(wanted, argument);
        ++made;
        if (wanted == SYS_fork && result == 0) { // its calls are others, and fewer
            random_state = random_state * 1664525 + 1013904223;
            random_state += random_state == 0;
            made = 0;
            left /= 2;
            left += left == 0;
        }
        if ((wanted == SYS_mmap2 || wanted == SYS_mmap) && result < 0xFFFFF000) {
            last_mapping = result;
        }
    }
    _exit((int)made);
}

// --- Rounds ---

static void note_time(int signal) {
    (void)signal;
}

/// Removes all below the current folder but what the system's root has.
static void clear_folder(void) {
    static const char* const kept[] = {".", "..", "bin", "dev", "etc", "proc"};
    char entries[512]; // of the longest name there is one entry in it at least
    for (int found = 1; found;) {
        const int folder = open(".", O_RDONLY | O_DIRECTORY);
        found = 0;
        for (int bytes; !found && (bytes = getdents64(folder, entries, sizeof(entries))) > 0;) {
            for (int at = 0; at < bytes && !found;) {
                const struct linux_dirent64* entry = (const struct linux_dirent64*)(entries + at);
                at += entry->d_reclen;
                found = 1;
                for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); ++i) {
                    found = found && strcmp(entry->d_name, kept[i]) != 0;
                }
                if (found && unlink(entry->d_name) != 0) {
                    if (chdir(entry->d_name) != 0) {
                        give_up(entry->d_name);
                    }
                    clear_folder();
                    if (chdir("..") != 0 || rmdir(entry->d_name) != 0) {
                        give_up(entry->d_name);
                    }
                }
            }
        }
        close(folder);
    }
}

/// Starts the processes, and ends them. Returns how many calls those have made that came to their own end.
static unsigned run_round(unsigned seed, unsigned round, long seconds) {
    static unsigned statuses; // of all rounds: that two runs were alike can be seen

    // Again and again, because it may come just before the wait.
    const struct itimerval long_enough = {{seconds, 0}, {seconds, 0}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    unsigned made = 0;
    if (mkdir("/soak", 0777) != 0 || chdir("/soak") != 0) {
        give_up("/soak");
    }
    for (unsigned i = 0; i < processes; ++i) {
        const pid_t child = fork();
        if (child < 0) {
            give_up("fork");
        }
        if (child == 0) {
            random_state = (seed * 2654435761U ^ round * 40503U) + i * 97U + 1;
            random_state += random_state == 0;
            fuzz();
        }
    }
    setitimer(ITIMER_REAL, &long_enough, NULL);
    for (pid_t child = 1; child > 0;) {
        int status = 0;
        child = waitpid(-1, &status, 0);
        if (child < 0 && errno == EINTR) { // those that still wait do so forever
            kill(-1, SIGKILL);
            child = 1;
        } else if (child > 0) {
            made += WIFEXITED(status) ? (unsigned)WEXITSTATUS(status) : 0;
            statuses = statuses * 31 + (unsigned)status;
        }
    }
    setitimer(ITIMER_REAL, &never, NULL);
    chdir("/");
    if (fork() == 0) { // what it needs of memory goes with it
        clear_folder();
        _exit(0);
    }
    if (wait_for_all() != 1) {
        give_up("what was made can't be removed");
    }
    printf("soak: round %u: %u calls, ends %08x\n", round, made, statuses);
    return made;
}

/// A directory's tables stay as large as they have once been, and calls make names in / as well: has it had more of them than
/// they will make.
static void widen_root(void) {
    enum { names = 64 };
    char name[16];
    for (int i = 0; i < 2 * names; ++i) {
        snprintf(name, sizeof(name), "/wide%d", i % names);
        if ((i < names ? mkdir(name, 0777) : rmdir(name)) != 0) {
            give_up(name);
        }
    }
}

int main(int argc, char** argv) {
    const unsigned seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
    const unsigned wanted = argc > 2 ? strtoul(argv[2], NULL, 0) : 10000;
    const long seconds = argc > 3 ? atoi(argv[3]) : 1;
    struct sigaction action = {0};
    struct termios terminal;
    open_checks();
    keeper = getpid();
    action.sa_handler = note_time;
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGTTOU, &action, NULL); // the terminal may come to belong to others
    tcgetattr(STDOUT_FILENO, &terminal);
    read_list();
    settle();
    printf("soak: seed %u\n", seed);
    widen_root();
    run_round(seed, 0, seconds);
    const struct state before = state_now();
    unsigned made = 0;
    for (unsigned round = 1; made < wanted; ++round) {
        made += run_round(seed, round, seconds);
        tcsetattr(STDOUT_FILENO, TCSANOW, &terminal);
        const struct state after = state_now();
        if (differs("a round", &before, &after)) {
            return 1;
        }
    }
    printf("soak: %u calls\n", made);
    return 0;
}
