// Constructors of global objects (chapter 2).
#include "lib/constructors.hpp"

#include <cstddef>

using Constructor = void (*)();

/// From the linker script: the first of the list, and one past the last. To C++ these are two
/// arrays, and a pointer that walks from one to the other is undefined behaviour. It works because
/// the compiler knows nothing of what the linker does, so it must take the addresses as they are.
extern "C" const Constructor constructors_begin[];
extern "C" const Constructor constructors_end[];

namespace kernel {

void run_constructors() {
    for (const Constructor* constructor = constructors_begin; constructor != constructors_end; ++constructor) {
        (*constructor)();
    }
}

} // namespace kernel
