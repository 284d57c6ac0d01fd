// The stack protector: a function that wrote past an array on its stack is caught as it returns (chapter 13).
#include <stdint.h>
#include <stdio.h>

// gcc calls for these two names (GCC manual, 3.12 Program Instrumentation Options,
// -fstack-protector-strong): functions with arrays keep a copy of the guard between their arrays
// and their return address, and compare it before they return. Its 0 byte stops a string function
// that runs past an array's end.
extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0xBEEF00C3;

__attribute__((noreturn)) void __stack_chk_fail(void);

void __stack_chk_fail(void) {
    fputs("a function wrote past the end of an array on its stack\n", stderr);
    __builtin_trap(); // the kernel's report names the function: the one that called this
}
