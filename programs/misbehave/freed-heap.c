// Reads a page of its heap that it has given back: the kernel must have taken it out of the page
// table, and out of the processor's TLB too. Ends: killed by SIGSEGV (page fault)
#include <unistd.h>

#include "layout.h"

int main(void) {
    sbrk(2 * PAGE_SIZE);
    volatile char* const end = sbrk(0);
    end[-1] = 'x'; // now the TLB has the entry of the last page
    sbrk(-PAGE_SIZE);
    return end[-1];
}
