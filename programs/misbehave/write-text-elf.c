// Writes to its own code. In an ELF program the code lies in a segment that may be read and
// executed, not written. Ends: killed by SIGSEGV (page fault)
#include <stdint.h>
#include <stdio.h>

int main(void) {
    *(volatile char*)(uintptr_t)main = 0;
    puts("this instruction was not stopped");
    return 1;
}
