// Counts what system calls cost, by the processor's time-stamp counter. Under `qemu -icount
// shift=0` that counter counts instructions, and the figures repeat exactly. Prints `bench: NAME
// SIZE mean N min N` for each, the cost of reading the counter taken off; and when the program began
// and ended (high and low half of the counter), so that two runs in a row tell what it costs to end
// one process and to make the next. `bench NAME TIMES [SIZE]` does only that.
//
// It runs on Linux as well, where the counter counts time. On both, every operation is checked: it
// must return what it should, files and pipes must give the right bytes, and children must end with
// status 0. It makes its files in the current directory, and runs bin/true there.
// Ends: exited with status 0, or exited with status 1 (an operation did not do its work)
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout.h"

// A count of 64 bits cannot be divided here (there is no library function for it), and no single
// operation takes 2^32 instructions: differences are 32 bits wide.
struct figures {
    uint32_t least;
    uint32_t mean;
};

struct row {
    const char* name;
    void (*measure)(const struct row* row, struct figures* figures);
    long (*operation)(void);
    long right; // what the operation must return
    int times;
    int size; // of what the operation works on: bytes, pages, files or processes; 0 if it has none
};

static int wrong; // how often something in this row was not as it should be

static void check(int holds) {
    wrong += !holds;
}

static inline uint64_t read_counter(void) {
    uint64_t count;
    __asm__ volatile("rdtsc" : "=A"(count) : : "memory");
    return count;
}

/// Not a copy of it for do_nothing, which would leave out the call: that is to be taken off.
__attribute__((noipa)) static void measure(const struct row* row, struct figures* figures) {
    uint32_t sum = 0;
    figures->least = UINT32_MAX;
    for (int i = 0; i < row->times; ++i) {
        const uint64_t before = read_counter();
        const long result = row->operation();
        const uint32_t cost = (uint32_t)(read_counter() - before);
        check(result == row->right);
        sum += cost;
        if (cost < figures->least) {
            figures->least = cost;
        }
    }
    figures->mean = sum / (uint32_t)row->times;
}

static long do_nothing(void) {
    return 0;
}

/// The bare call: the library's stub, which copies arguments and errors, is not what is measured.
static long null_call(void) {
    long result;
    __asm__ volatile("int %1" : "=a"(result) : "i"(SYSTEM_CALL_VECTOR), "a"((long)SYS_getpid) : "memory");
    return result;
}

static void with_own_number(const struct row* row, struct figures* figures) {
    struct row expecting = *row;
    expecting.right = getpid();
    measure(&expecting, figures);
}

static long write_null_byte(void) {
    return write(STDOUT_FILENO, "", 1); // the console drops NUL bytes
}

// --- Processes ---

static int status_of_child(void) {
    int status;
    return waitpid(-1, &status, 0) < 0 ? -1 : status;
}

static long fork_and_wait(void) {
    if (fork() == 0) {
        _exit(0);
    }
    return status_of_child();
}

static void become_true(void) {
    char* const arguments[] = {"true", NULL};
    execve("bin/true", arguments, arguments + 1);
    _exit(127);
}

static long fork_and_execute(void) {
    if (fork() == 0) {
        become_true();
    }
    return status_of_child();
}

static long vfork_and_execute(void) {
    if (vfork() == 0) {
        become_true();
    }
    return status_of_child();
}

static long give_up_the_processor(void) {
    return sched_yield();
}

/// What one switch costs among `size` processes that do nothing but give the processor back.
static void among_others(const struct row* row, struct figures* figures) {
    const int more = 10; // than are measured: a tick of the clock may give a child a turn earlier
    for (int i = 1; i < row->size; ++i) {
        if (fork() == 0) {
            for (int turn = 0; turn < row->times + more; ++turn) {
                check(sched_yield() == 0);
            }
            _exit(wrong);
        }
    }
    sched_yield(); // a process's first two turns have page faults in them
    sched_yield();
    measure(row, figures);
    for (int i = 1; i < row->size; ++i) {
        check(status_of_child() == 0);
    }
    figures->least /= (uint32_t)row->size;
    figures->mean /= (uint32_t)row->size;
}

// --- Memory ---

static char* heap; // begins at a page
static char* next_page;
static int pages;

static void resize_heap(int size) {
    check(brk(heap + size * PAGE_SIZE) == 0);
    next_page = heap;
    pages = size;
}

static void write_to_pages(char value) {
    for (int i = 0; i < pages; ++i) {
        heap[i * PAGE_SIZE] = value;
    }
}

static long fork_and_write(void) {
    if (fork() == 0) {
        write_to_pages(2);
        _exit(0);
    }
    return status_of_child();
}

/// With a heap of `size` pages, all of which have been written to.
static void with_heap(const struct row* row, struct figures* figures) {
    resize_heap(row->size);
    write_to_pages(1);
    measure(row, figures);
    for (int i = 0; i < pages; ++i) {
        check(heap[i * PAGE_SIZE] == 1);
    }
    resize_heap(0);
}

static long touch_page(void) {
    char* const page = next_page;
    next_page += PAGE_SIZE;
    *(volatile char*)page = 1;
    return page[PAGE_SIZE - 1];
}

/// With a new page of the heap for each operation.
static void with_new_pages(const struct row* row, struct figures* figures) {
    resize_heap(row->times);
    measure(row, figures);
    resize_heap(0);
}

static long map_touch_and_unmap(void) {
    char* const memory = mmap(NULL, (size_t)pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < pages; ++i) {
        memory[i * PAGE_SIZE] = 1;
    }
    return munmap(memory, (size_t)pages * PAGE_SIZE);
}

static void with_size_in_pages(const struct row* row, struct figures* figures) {
    pages = row->size;
    measure(row, figures);
}

// --- Pipes, and one file ---

enum { file_pages = 256 };

static int descriptor;
static int ends[2];
static int back[2]; // from the other process
static char piece[PAGE_SIZE];
static size_t piece_size;

static void close_both(const int* descriptors) {
    check(close(descriptors[0]) == 0 && close(descriptors[1]) == 0);
}

static void fill_piece(char value) {
    memset(piece, value, sizeof(piece));
}

static long through_a_pipe(void) {
    return write(ends[1], piece, piece_size) + read(ends[0], piece, piece_size);
}

static void with_pipe(const struct row* row, struct figures* figures) {
    piece_size = (size_t)row->size;
    fill_piece('p');
    check(pipe(ends) == 0);
    measure(row, figures);
    check(piece[0] == 'p' && piece[row->size - 1] == 'p');
    close_both(ends);
}

static long there_and_back(void) {
    return write(ends[1], piece, 1) + read(back[0], piece, 1);
}

static void with_partner(const struct row* row, struct figures* figures) {
    check(pipe(ends) == 0 && pipe(back) == 0);
    if (fork() == 0) {
        for (int i = 0; i < row->times; ++i) {
            check(read(ends[0], piece, 1) == 1);
            ++piece[0];
            check(write(back[1], piece, 1) == 1);
        }
        _exit(wrong);
    }
    fill_piece(0);
    measure(row, figures);
    check(piece[0] == (char)row->times);
    check(status_of_child() == 0);
    close_both(ends);
    close_both(back);
}

static long read_piece(void) {
    return read(descriptor, piece, piece_size);
}

/// With a file whose pages are filled with their numbers, from its beginning on.
static void with_file(const struct row* row, struct figures* figures) {
    descriptor = open("bench.file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < file_pages; ++i) {
        fill_piece((char)i);
        check(write(descriptor, piece, sizeof(piece)) == sizeof(piece));
    }
    check(lseek(descriptor, 0, SEEK_SET) == 0);
    piece_size = (size_t)row->size;
    measure(row, figures);
    check(piece[row->size - 1] == (char)((row->times * row->size - 1) / PAGE_SIZE));
    check(close(descriptor) == 0 && unlink("bench.file") == 0);
}

// --- Many files ---

static const char first_name[] = "00000";
static char name[sizeof(first_name)];
static int number; // that `name` is
static int files;

static void next_name(void) {
    if (++number >= files) {
        number = 0;
        memcpy(name, first_name, sizeof(name));
        return;
    }
    char* digit = name + sizeof(name) - 2;
    for (; *digit == '9'; --digit) {
        *digit = '0';
    }
    ++*digit;
}

static long open_and_close(void) {
    next_name();
    return close(open(name, O_RDONLY));
}

static long create_and_remove(void) {
    return close(creat("another", 0644)) + unlink("another");
}

/// In a directory of `size` files.
static void with_directory(const struct row* row, struct figures* figures) {
    check(mkdir("bench.files", 0755) == 0 && chdir("bench.files") == 0);
    files = row->size;
    number = files; // the next one is the first
    for (int i = 0; i < files; ++i) {
        next_name();
        check(close(creat(name, 0644)) == 0);
    }
    measure(row, figures);
    number = files;
    for (int i = 0; i < files; ++i) {
        next_name();
        check(unlink(name) == 0);
    }
    check(chdir("..") == 0 && rmdir("bench.files") == 0);
}

static const struct row rows[] = {
    {"getpid", with_own_number, null_call, 0, 10000, 0},
    {"write-null", measure, write_null_byte, 1, 10000, 0},
    {"read", with_file, read_piece, 1, 10000, 1},
    {"read", with_file, read_piece, 4096, file_pages, 4096},
    {"open", with_directory, open_and_close, 0, 1000, 10},
    {"create", with_directory, create_and_remove, 0, 1000, 10},
    {"pipe", with_pipe, through_a_pipe, 2, 10000, 1},
    {"pipe", with_pipe, through_a_pipe, 2 * 512, 10000, 512},
    {"pipe", with_pipe, through_a_pipe, 2 * 4096, 10000, 4096},
    {"pipe-turns", with_partner, there_and_back, 2, 10000, 0},
    {"fork", with_heap, fork_and_wait, 0, 1000, 0},
    {"fork-exec", measure, fork_and_execute, 0, 300, 0},
    {"vfork-exec", measure, vfork_and_execute, 0, 300, 0},
    {"fork", with_heap, fork_and_wait, 0, 300, 1024},
    {"fork-write", with_heap, fork_and_write, 0, 10, 1024},
    {"touch", with_new_pages, touch_page, 0, 1000, 0},
    {"map", with_size_in_pages, map_touch_and_unmap, 0, 1000, 1},
    {"yield", among_others, give_up_the_processor, 0, 10000, 2},
    {"yield", among_others, give_up_the_processor, 0, 1000, 16},
    {"yield", among_others, give_up_the_processor, 0, 300, 60},
    {"yield", among_others, give_up_the_processor, 0, 30, 500},
};
enum { row_count = sizeof(rows) / sizeof(rows[0]) };
static const struct row nothing = {"nothing", measure, do_nothing, 0, 10000, 0};

/// Whether all was as it should be.
static int print_figures(const struct row* row) {
    struct figures empty;
    struct figures figures;
    measure(&nothing, &empty);
    wrong = 0;
    row->measure(row, &figures);
    if (wrong != 0) {
        printf("bench: %s %d: %d checks failed\n", row->name, row->size, wrong);
    }
    printf("bench: %s %d mean %u min %u\n", row->name, row->size, figures.mean - empty.mean, figures.least - empty.least);
    return wrong == 0;
}

static void print_counter(const char* what, uint64_t count) {
    printf("bench: %-9s %010u %010u\n", what, (unsigned)(count >> 32), (unsigned)count);
}

int main(int argc, char** argv) {
    const uint64_t begin = read_counter();
    heap = (char*)(((uintptr_t)sbrk(0) + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE);

    int done = 0;
    int right = 0;
    for (int i = 0; i < row_count && (argc < 3 || done == 0); ++i) {
        struct row row = rows[i];
        if (argc < 3 || strcmp(argv[1], row.name) == 0) {
            row.times = argc >= 3 ? atoi(argv[2]) : row.times;
            row.size = argc >= 4 ? atoi(argv[3]) : row.size;
            right += print_figures(&row);
            ++done;
        }
    }
    print_counter("start-tsc", begin);

    // The last line takes time to print, which is not the kernel's for ending the process. So a
    // line as long is printed first, to see how long that takes, and the time is added.
    const uint64_t before = read_counter();
    print_counter("rehearsal", before);
    const uint64_t after = read_counter();
    print_counter("end-tsc", after + (after - before));
    return done == 0 || right != done;
}
