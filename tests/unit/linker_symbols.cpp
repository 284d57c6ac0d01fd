// What the linker script names in the kernel, for unit tests and fuzz targets: in each, parts that use it may be linked.
#include <cstddef>

extern "C" const std::byte symbols_begin[] = {std::byte{0}};
extern "C" const std::byte symbols_end[] = {std::byte{0}};
