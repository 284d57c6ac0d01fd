// Writes to a constant. In an ELF program constants lie in a segment of their own that may not be
// written. Ends: killed by SIGSEGV (page fault)
#include <stdint.h>
#include <stdio.h>

static const char constant[] = "constant";

int main(void) {
    *(volatile char*)(uintptr_t)constant = 'C';
    puts("this instruction was not stopped");
    return 1;
}
