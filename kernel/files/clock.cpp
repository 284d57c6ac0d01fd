// The clock of the file system: seconds since the start, as there is no clock of the day yet (chapter 15).
#include "cpu/registers.hpp"
#include "drivers/pit.hpp"
#include "files/contents.hpp"
#include "files/node.hpp"

#include "layout.h"

namespace kernel::files {

std::uint32_t seconds_now() {
    return pit::ticks() / TICKS_PER_SECOND;
}

void take_interrupts() {
    cpu::handle_pending_interrupts();
}

} // namespace kernel::files
