// Begins as a program of Linux begins: reads its auxiliary vector, tries a call that few kernels have, and wants a segment
// for its thread's variables. It prints the same kind of lines on Linux.
// Ends: exited with status 0 (127: no thread-local storage)
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/linux.h"

enum { AT_NULL = 0, AT_PHNUM = 5, AT_PAGESZ = 6, AT_ENTRY = 9, AT_RANDOM = 25 };
enum { SYS_rseq = 386 }; // not in our list of calls
enum { any = 0xFFFFFFFF };

/// What lies at gs:0: the address of itself, as the ABI for thread-local storage wants it, and a variable.
struct thread {
    struct thread* self;
    int variable;
};
static struct thread first, second;

/// The limit of the GDT, which a program may read (Intel SDM Vol. 2B, SGDT).
static unsigned limit_of_gdt(void) {
    struct __attribute__((packed)) {
        unsigned short limit;
        unsigned base;
    } table;
    __asm__ volatile("sgdt %0" : "=m"(table));
    return table.limit;
}

/// The two words in the segment that gs selects.
static struct thread* self(void) {
    struct thread* found;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(found));
    return found;
}
static int variable(void) {
    int found;
    __asm__ volatile("mov %%gs:4, %0" : "=r"(found));
    return found;
}

/// As a C library's start code does it: `entry` is `any`, or the number that an earlier call has told.
static unsigned use(struct thread* block, unsigned entry) {
    struct user_desc segment = {entry, (unsigned)block, 0xFFFFF, USER_DESC_32BIT | USER_DESC_PAGES | USER_DESC_USEABLE};
    block->self = block;
    if (syscall(SYS_set_thread_area, &segment) != 0) {
        printf("set_thread_area: %s\ncannot set up thread-local storage\n", strerror(errno));
        _exit(127);
    }
    __asm__ volatile("mov %0, %%gs" : : "r"(segment.entry_number * 8 + 3));
    return segment.entry_number;
}

static void read_auxiliary_vector(char** environment) {
    while (*environment != NULL) {
        ++environment;
    }
    for (const unsigned* entry = (const unsigned*)(environment + 1); entry[0] != AT_NULL; entry += 2) {
        switch (entry[0]) {
        case AT_PHNUM:
            printf("program headers: %u\n", entry[1]);
            break;
        case AT_PAGESZ:
            printf("size of a page: %u\n", entry[1]);
            break;
        case AT_ENTRY:
            printf("first instruction at %#x\n", entry[1]);
            break;
        case AT_RANDOM:
            printf("random bytes at %#x\n", entry[1]);
            break;
        default:
            break;
        }
    }
}

int main(int argc, char** argv, char** environment) {
    (void)argc, (void)argv;
    read_auxiliary_vector(environment);
    if (syscall(SYS_rseq, 0, 0, 0, 0) != 0) {
        printf("rseq: %s; it goes on without\n", strerror(errno));
    }
    printf("limit of the GDT: %#x\n", limit_of_gdt());
    const unsigned entry = use(&first, any);
    printf("set_thread_area: entry %u; limit of the GDT: %#x\n", entry, limit_of_gdt());
    first.variable = 1;

    const pid_t child = fork();
    if (child == 0) {
        use(&second, entry);
        second.variable = 2;
        printf("the child's variable: %d, at gs:0 %s\n", variable(), self() == &second ? "its block" : "another one");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("the parent's variable: %d, at gs:0 %s\n", variable(), self() == &first ? "its block" : "another one");
    return 0;
}
