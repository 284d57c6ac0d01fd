// What the compiler puts in the place of a virtual function that a class leaves to its heirs (chapter 11).
#include "lib/panic.hpp"

/// Called only if an object is used while its base class is constructed or destroyed (Itanium C++ ABI, 3.2.6).
extern "C" [[noreturn]] void __cxa_pure_virtual() {
    kernel::panic("a virtual function was called on an object that is not complete");
}
