// Constructors of global objects (chapter 2).
#include "lib/constructors.hpp"

using Constructor = void (*)();

/// From the linker script: the first of the list, and one past the last.
extern "C" const Constructor constructors_begin[];
extern "C" const Constructor constructors_end[];

namespace kernel {

void run_constructors() {
    for (const Constructor* constructor = constructors_begin; constructor != constructors_end; ++constructor) {
        (*constructor)();
    }
}

} // namespace kernel
