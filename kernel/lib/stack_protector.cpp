// The stack protector: a function that wrote past an array on its stack is caught as it returns (chapter 3).
#include "lib/panic.hpp"

#include <cstdint>

// g++ calls for these two names (GCC manual, 3.12 Program Instrumentation Options,
// -fstack-protector-strong): functions with arrays keep a copy of the guard between their arrays
// and their return address, and compare it before they return. A fixed value finds mistakes, not
// attackers; its 0 byte also stops a string function that runs past an array's end.
extern "C" {
extern const std::uint32_t __stack_chk_guard = 0xDEAD00C3;

[[noreturn]] void __stack_chk_fail() {
    kernel::panic("a function wrote past the end of an array on its stack (the caller of __stack_chk_fail)");
}
}
