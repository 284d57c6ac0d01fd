// The heap: grows, is zero at first, keeps what is written, shrinks, and says ENOMEM where there is
// no more. Ends: exited with status 0
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layout.h"

enum { pages = 16 };

int main(void) {
    unsigned char* const heap = sbrk(0);

    assert(sbrk(pages * PAGE_SIZE) == heap);
    for (int i = 0; i < pages * PAGE_SIZE; ++i) {
        assert(heap[i] == 0); // nothing of what used these page frames before may be left
    }
    memset(heap, 0xA5, pages * PAGE_SIZE);

    // Down and up again: what was given back must come back as zeros, what was kept must be kept.
    assert(brk(heap + PAGE_SIZE) == 0);
    assert(brk(heap + pages * PAGE_SIZE) == 0);
    assert(heap[0] == 0xA5);
    for (uintptr_t i = PAGE_SIZE; i < pages * PAGE_SIZE; ++i) {
        assert(heap[i] == 0);
    }

    // The same within a page: the break goes down and up, but the page stays.
    heap[100] = 0xA5;
    assert(brk(heap + 100) == 0);
    assert(brk(heap + 200) == 0);
    assert(heap[99] == 0xA5);
    assert(heap[100] == 0);
    assert(brk(heap + pages * PAGE_SIZE) == 0);
    assert(heap[200] == 0);

    // Too much: into the kernel, over the stack, below the beginning. The heap stays as it is.
    void* const end = sbrk(0);
    static const uintptr_t refused[] = {KERNEL_BASE, 0xFFFFFFFF, KERNEL_BASE - 1,
                                        USER_STACK_BOTTOM + 1, 1};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; ++i) {
        errno = 0;
        assert(brk((void*)refused[i]) == -1);
        assert(errno == ENOMEM);
        assert(sbrk(0) == end);
    }
    assert(heap[0] == 0xA5);

    // More than the machine has, in small steps; and it works on when that is given back.
    unsigned mebibytes = 0;
    errno = 0;
    while (sbrk(1 << 20) != (void*)-1) {
        ++mebibytes;
    }
    assert(errno == ENOMEM);
    assert(brk(end) == 0);
    void* const memory = malloc(10000);
    assert(memory != NULL);
    memset(memory, 1, 10000);
    free(memory);
    printf("brk: grew by %u MiB before the memory ended\n", mebibytes);
    return 0;
}
