// Variables without a value must be zero when the program begins, those with one must have it: the
// loader's work. Ends: exited with status 0
#include <stdio.h>

static unsigned char zeros[3 * 4096 + 5];
static unsigned values[] = {0x11111111, 0x22222222, 0x33333333};
static const unsigned constants[] = {0x44444444, 0x55555555};

int main(void) {
    // Through volatile pointers: the compiler must read memory, not its own knowledge.
    const volatile unsigned char* zero = zeros;
    for (unsigned i = 0; i < sizeof zeros; ++i) {
        if (zero[i] != 0) {
            printf("bss: byte %u of .bss is %#x\n", i, zero[i]);
            return 1;
        }
    }
    volatile unsigned* value = values;
    for (unsigned i = 0; i < 3; ++i) {
        if (value[i] != 0x11111111 * (i + 1)) {
            printf("bss: word %u of .data is %#x\n", i, value[i]);
            return 2;
        }
        value[i] = 0;
    }
    const volatile unsigned* constant = constants;
    for (unsigned i = 0; i < 2; ++i) {
        if (constant[i] != 0x11111111 * (i + 4)) {
            printf("bss: word %u of .rodata is %#x\n", i, constant[i]);
            return 3;
        }
    }
    puts("bss: all as it must be");
    return 0;
}
