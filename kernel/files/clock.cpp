// The clock of the file system: seconds since the start, as there is no clock of the day yet (chapter 15).
#include "drivers/pit.hpp"
#include "files/node.hpp"

#include "layout.h"

namespace kernel::files {

std::uint32_t seconds_now() {
    return pit::ticks() / TICKS_PER_SECOND;
}

} // namespace kernel::files
