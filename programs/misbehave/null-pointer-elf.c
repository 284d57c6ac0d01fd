// Reads through a null pointer. An ELF program leaves page 0 unmapped, so the mistake is caught at
// once. (In a flat program address 0 is the program's own first byte, and nothing happens.) Ends:
// killed by SIGSEGV (page fault)
#include <stddef.h>
#include <stdio.h>

int main(void) {
    const int* volatile nowhere = NULL;
    printf("%d: this instruction was not stopped\n", *nowhere);
    return 1;
}
