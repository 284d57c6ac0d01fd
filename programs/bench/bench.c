// Counts what system calls cost, by the processor's time-stamp counter. Under `qemu -icount
// shift=0` that counter counts instructions, and the figures repeat exactly. Prints `bench: NAME
// mean N min N` for each, the cost of reading the counter taken off; and when the program began and
// ended (high and low half of the counter), so that two runs in a row tell what it costs to end one
// process and to make the next. `bench NAME N` does only that, N times. Ends: exited with status 0
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout.h"

enum { many = 10000, few = 1000 }; // repetitions

// A count of 64 bits cannot be divided here (there is no library function for it), and no single
// operation takes 2^32 instructions: differences are 32 bits wide.
struct figures {
    uint32_t least;
    uint32_t mean;
};

static inline uint64_t read_counter(void) {
    uint64_t count;
    __asm__ volatile("rdtsc" : "=A"(count) : : "memory");
    return count;
}

// The bare call: the library's stub, which copies arguments and errors, is not what is measured.
static inline long null_call(void) {
    long result;
    __asm__ volatile("int %1" : "=a"(result) : "i"(SYSTEM_CALL_VECTOR), "a"((long)SYS_getpid) : "memory");
    return result;
}

static void do_nothing(void) {}

static void call_getpid(void) {
    null_call();
}

static void write_null_byte(void) {
    write(STDOUT_FILENO, "", 1); // the console drops NUL bytes
}

static char* heap_end; // a multiple of the page size

static void take_and_touch_page(void) {
    brk(heap_end + PAGE_SIZE);
    *(volatile char*)heap_end = 1;
    brk(heap_end);
}

static void fork_and_wait(void) {
    if (fork() == 0) {
        _exit(0);
    }
    waitpid(-1, NULL, 0);
}

static void give_up_the_processor(void) {
    sched_yield();
}

static int ends[2];
static char piece[PAGE_SIZE];

static void byte_through_a_pipe(void) {
    write(ends[1], piece, 1);
    read(ends[0], piece, 1);
}

static void page_through_a_pipe(void) {
    write(ends[1], piece, sizeof(piece));
    read(ends[0], piece, sizeof(piece));
}

static int back[2]; // from the other process

static void byte_there_and_back(void) {
    write(ends[1], piece, 1);
    read(back[0], piece, 1);
}

static struct figures measure(void (*operation)(void), int times) {
    struct figures figures = {.least = UINT32_MAX, .mean = 0};
    uint32_t sum = 0;
    for (int i = 0; i < times; ++i) {
        const uint64_t before = read_counter();
        operation();
        const uint32_t cost = (uint32_t)(read_counter() - before);
        sum += cost;
        if (cost < figures.least) {
            figures.least = cost;
        }
    }
    figures.mean = sum / (uint32_t)times;
    return figures;
}

/// What one switch to another process costs, when there is one that does nothing but give the processor back.
static struct figures measure_a_switch(void (*operation)(void), int times) {
    const pid_t other = fork();
    if (other == 0) {
        for (int i = 0; i < times; ++i) {
            sched_yield();
        }
        _exit(0);
    }
    struct figures two = measure(operation, times);
    waitpid(other, NULL, 0);
    two.least /= 2;
    two.mean /= 2;
    return two;
}

static void close_both(const int* descriptors) {
    close(descriptors[0]);
    close(descriptors[1]);
}

static struct figures measure_pipe(void (*operation)(void), int times) {
    pipe(ends);
    const struct figures figures = measure(operation, times);
    close_both(ends);
    return figures;
}

static struct figures measure_there_and_back(void (*operation)(void), int times) {
    pipe(ends);
    pipe(back);
    const pid_t other = fork();
    if (other == 0) {
        for (int i = 0; i < times; ++i) {
            read(ends[0], piece, 1);
            write(back[1], piece, 1);
        }
        _exit(0);
    }
    const struct figures figures = measure(operation, times);
    waitpid(other, NULL, 0);
    close_both(ends);
    close_both(back);
    return figures;
}

struct row {
    const char* name;
    struct figures (*measure)(void (*operation)(void), int times);
    void (*operation)(void);
    int times;
};

static const struct row rows[] = {
    {"getpid", measure, call_getpid, many},
    {"write-null", measure, write_null_byte, many},
    {"page", measure, take_and_touch_page, many},
    {"fork", measure, fork_and_wait, few},
    {"yield", measure_a_switch, give_up_the_processor, many},
    {"pipe-byte", measure_pipe, byte_through_a_pipe, many},
    {"pipe-page", measure_pipe, page_through_a_pipe, many},
    {"pipe-turns", measure_there_and_back, byte_there_and_back, many},
};

static void print_counter(const char* name, uint64_t count) {
    printf("bench: %-9s %010u %010u\n", name, (unsigned)(count >> 32), (unsigned)count);
}

int main(int argc, char** argv) {
    const uint64_t begin = read_counter();
    heap_end = (char*)(((uintptr_t)sbrk(0) + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE);

    const struct figures empty = measure(do_nothing, many);
    for (const struct row* row = rows; row < rows + sizeof(rows) / sizeof(rows[0]); ++row) {
        if (argc == 3 && strcmp(argv[1], row->name) != 0) {
            continue;
        }
        const struct figures figures = row->measure(row->operation, argc == 3 ? atoi(argv[2]) : row->times);
        printf("bench: %s mean %u min %u\n", row->name, figures.mean - empty.mean, figures.least - empty.least);
    }
    print_counter("start-tsc", begin);

    // The last line takes time to print, which is not the kernel's for ending the process. So a
    // line as long is printed first, to see how long that takes, and the time is added.
    const uint64_t before = read_counter();
    print_counter("rehearsal", before);
    const uint64_t after = read_counter();
    print_counter("end-tsc", after + (after - before));
    return 0;
}
