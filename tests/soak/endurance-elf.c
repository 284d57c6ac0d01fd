// Shells of a distribution, one after the other, each with a script of its own (tests/linux/test_endurance.py): pipelines,
// jobs, memory used up, floods of output. While one runs, processes of it are killed at random, and in some rounds
// allocations fail. When it has ended, or has had its time, all that it left is killed and removed, and the kernel's state
// is compared with that after the first rounds. Arguments: the seed, how many scripts there are, and how many seconds of the
// machine's time one of them may take, and all of them. Ends: exited with status 0
#include "soak.h"

#include <dirent.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <time.h>

enum {
    ticks_per_second = 100,
    first_rounds = 2, // of which what grows keeps its size; these are left alone
    longest_path = 1024,
};

static const char work[] = "/work";
static char path[longest_path];
static uint32_t random_state;

static uint32_t below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

static uint32_t now(void) {
    return (uint32_t)times(NULL);
}

/// Removes the files in the directory `path` up to the first directory in it, whose name is put at its end, after a slash. False
/// if there is no directory.
static int go_down(void) {
    const size_t length = strlen(path);
    DIR* directory = opendir(path);
    if (directory == NULL) {
        give_up(path);
    }
    int found = 0;
    for (const struct dirent* entry; !found && (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(path + length, sizeof(path) - length, "/%s", entry->d_name);
            found = unlink(path) != 0;
        }
    }
    if (!found) {
        path[length] = '\0';
    }
    closedir(directory);
    return found;
}

/// Removes /work and all below. No program is started for it, since there may be no memory for one, and no function calls
/// itself: with a deeper tree this process would have more of its stack in use than before.
static void remove_work(void) {
    strcpy(path, work);
    while (strcmp(path, "") != 0) {
        if (!go_down()) {
            if (rmdir(path) != 0) {
                give_up(path);
            }
            *strrchr(path, '/') = '\0';
        }
    }
}

/// Kills one of all processes but this one, of which there may be none, and whose names there may be no memory to read.
static int kill_one(void) {
    DIR* directory = opendir("/proc");
    if (directory == NULL) {
        return 0;
    }
    pid_t chosen = 0;
    uint32_t count = 0;
    for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
        const pid_t id = atoi(entry->d_name);
        if (id > 1 && below(++count) == 0) { // each of them is as likely as the others
            chosen = id;
        }
    }
    closedir(directory);
    return chosen != 0 && kill(chosen, SIGKILL) == 0;
}

static pid_t start(char* const arguments[]) {
    static char* environment[] = {"PATH=/linux/bin:/usr/bin:/bin", "HOME=/work", "TMPDIR=/work/tmp", NULL};
    const pid_t child = fork();
    if (child < 0) {
        give_up("fork");
    }
    if (child == 0) {
        setsid();
        ioctl(STDIN_FILENO, TIOCSCTTY, 1); // takes the terminal from this process's session
        if (chdir(work) == 0) {
            execve(arguments[0], arguments, environment);
        }
        give_up(arguments[0]);
    }
    return child;
}

/// Has the allocation `number`, counted from now on, fail, whoever needs it; 0: none.
static void fail_allocation(uint32_t number) {
    char text[12];
    const int length = snprintf(text, sizeof(text), "%u", number);
    if (pwrite64(checks, text, (size_t)length, 0) != length) {
        give_up("/dev/checks can't be written");
    }
}

static uint32_t free_kibibytes(void) {
    struct sysinfo memory;
    if (sysinfo(&memory) != 0) {
        give_up("sysinfo");
    }
    return (uint32_t)memory.freeram * (memory.mem_unit / 1024);
}

/// What the round did.
struct story {
    int killed;
    uint32_t least_free; // KiB
};

static struct story round_of(int round, int scripts, uint32_t longest) {
    static char file[32];
    static char* arguments[] = {file, NULL};
    snprintf(file, sizeof(file), "/linux/rounds/%d", round % scripts);
    if (mkdir(work, 0777) != 0 || mkdir("/work/tmp", 0777) != 0) {
        give_up(work);
    }
    const int kills = round < first_rounds || below(2) == 0 ? 0 : (int)below(12);
    const int fails = round >= first_rounds && below(3) == 0;
    struct story story = {0, free_kibibytes()};
    const uint32_t begin = now();
    const pid_t shell = start(arguments);
    pid_t ended = 0;
    while (ended != shell && now() - begin < longest) {
        ended = waitpid(-1, NULL, WNOHANG);
        if (ended > 0) {
            continue; // and the time is looked at: in a fork bomb there may always be another one that has ended
        }
        const struct timespec pause = {0, (long)(1 + below(30)) * 10000000};
        if (fails) {
            fail_allocation(1 + below(500));
        }
        nanosleep(&pause, NULL);
        const uint32_t free = free_kibibytes();
        story.least_free = free < story.least_free ? free : story.least_free;
        if (story.killed < kills) {
            story.killed += kill_one();
        }
    }
    fail_allocation(~0U); // forgets that one has failed
    fail_allocation(0);
    kill(-1, SIGKILL);
    wait_for_all();
    remove_work();
    return story;
}

int main(int argc, char** argv) {
    static char* install[] = {"/linux/bin/busybox", "--install", "-s", "/linux/bin", NULL};
    if (argc != 5) {
        give_up("four arguments");
    }
    random_state = (uint32_t)atoi(argv[1]) * 2654435761U | 1; // neighbours begin far from each other
    const int scripts = atoi(argv[2]);
    const uint32_t longest = (uint32_t)atoi(argv[3]) * ticks_per_second;
    const uint32_t all = (uint32_t)atoi(argv[4]) * ticks_per_second;
    open_checks();
    settle();
    if (mkdir(work, 0777) != 0) {
        give_up(work);
    }
    start(install);
    if (wait_for_all() != 1 || rmdir(work) != 0) {
        give_up("busybox --install");
    }
    struct state before = {{0}};
    const uint32_t begin = now();
    int round = 0;
    for (; now() - begin < all || round <= first_rounds + 1; ++round) {
        const struct story story = round_of(round, scripts, longest);
        const struct state after = state_now();
        printf("\033c\nsoak: round %d: %u ticks, killed %d, least free %u KiB; %s", round, now() - begin, story.killed,
               story.least_free, after.text);
        if (round == first_rounds) {
            before = after;
        } else if (round > first_rounds && differs("a round", &before, &after)) {
            return 1;
        }
    }
    printf("soak: %d rounds of shells\n", round);
    return 0;
}
