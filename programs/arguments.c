// Prints what the kernel laid out on the stack: arguments, environment, auxiliary vector; and
// checks that it is as the System V ABI for the i386 says. (`arguments one two` is run by the
// tests.) Ends: exited with status 0
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char** argv, char** environment) {
    // argc lies right below argv[0], and it is what esp pointed to when the program began.
    assert((uintptr_t)(argv - 1) % 16 == 0);
    assert(argc >= 0);
    assert(argv[argc] == NULL);
    assert(environment == argv + argc + 1);

    printf("argc %d\n", argc);
    for (int i = 0; i < argc; ++i) {
        assert(argv[i] != NULL);
        printf("argv[%d] \"%s\"\n", i, argv[i]);
    }
    int variables = 0;
    while (environment[variables] != NULL) {
        printf("environment \"%s\"\n", environment[variables]);
        ++variables;
    }
    // Pairs of type and value, up to one of type 0 (AT_NULL).
    const uintptr_t* auxiliary = (const uintptr_t*)(environment + variables + 1);
    for (; auxiliary[0] != 0; auxiliary += 2) {
        printf("auxiliary %u = %#x\n", auxiliary[0], auxiliary[1]);
    }
    puts("the stack is laid out as it must be");
    return 0;
}
