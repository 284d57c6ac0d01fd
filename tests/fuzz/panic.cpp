// The kernel's panic, for fuzz targets: no input from outside may lead there, so it ends the run.
#include "lib/panic.hpp"

#include <cstdio>
#include <cstdlib>

void kernel::panic(std::string_view message, const char* function, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s: panic: %.*s\n", file, line, function, static_cast<int>(message.size()),
                 message.data());
    std::abort();
}
