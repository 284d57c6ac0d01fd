// The kernel's panic, for fuzz targets: no input from outside may lead there, so it ends the run. And the linker script's
// symbols, which a part of the kernel that is linked in may name.
#include "lib/panic.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>

extern "C" const std::byte symbols_begin[] = {std::byte{0}};
extern "C" const std::byte symbols_end[] = {std::byte{0}};

void kernel::panic(std::string_view message, const char* function, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s: panic: %.*s\n", file, line, function, static_cast<int>(message.size()),
                 message.data());
    std::abort();
}
