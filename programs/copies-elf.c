// Counts page frames: how many a promise, a touch, a fork and a write take, and that all come back.
// Ends: exited with status 0
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { page_size = 4096, pages = 1024, written = 100 };

static unsigned long free_frames(void) {
    struct sysinfo info;
    sysinfo(&info);
    return info.freeram;
}

/// Prints how many frames have gone since `before`, and returns how many are free now.
static unsigned long tell(const char* what, unsigned long before) {
    const unsigned long now = free_frames();
    printf("%s: %d frames\n", what, (int)(before - now));
    return now;
}

static void touch(char* memory, int count) {
    for (int i = 0; i < count; ++i) {
        memory[i * page_size] = 1;
    }
}

int main(void) {
    printf("Frames that each step takes:\n"); // what printing itself needs is there from now on
    const unsigned long at_first = free_frames();
    char* const memory = mmap(NULL, pages * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long before = tell("the promise of 1024 pages", at_first);
    touch(memory, pages);
    before = tell("the first touch of each", before);
    // It ends at a tick: so fork begins at the same moment of the clock in each run.
    nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
    const pid_t child = fork();
    if (child == 0) {
        before = tell("a fork", before);
        touch(memory, written);
        tell("the child's writes to 100 of them", before);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    tell("what is left of the child", before);
    munmap(memory, pages * page_size);
    tell("what is left of the pages", at_first);
    return WEXITSTATUS(status);
}
