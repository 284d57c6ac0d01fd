// The two interrupt controllers (8259A) that devices ask for interrupts through (chapter 5).
#pragma once

#include "cpu/interrupts.hpp"

#include <cstdint>

namespace kernel::pic {

/// An interrupt request line: 0-7 belong to the master, 8-15 to the slave.
using Irq = unsigned;
inline constexpr Irq irq_count = 16;

/// Called with interrupts off, after the controller has been told that the interrupt is being
/// handled.
using Handler = void (*)();

/// Moves the 16 lines to vectors PIC_MASTER_VECTOR and PIC_SLAVE_VECTOR and masks them all. The
/// IDT must have been initialized.
void initialize();

/// `handler` is called for `irq` from now on; the line is unmasked.
void set_handler(Irq irq, Handler handler);

/// `hook` is called from now on when an interrupt has been handled, before the interrupted code goes on (chapter 17).
void set_return_hook(void (*hook)(interrupts::Frame& frame));

/// Lets requests of a line through, or holds them back. A request that comes while its line is
/// masked is delivered when it is unmasked.
void unmask(Irq irq);
void mask(Irq irq);

/// Whether a controller has sent a request of this line to the processor and not yet been told of
/// its end.
[[nodiscard]] bool in_service(Irq irq);

/// How many interrupts have come that no device had asked for.
[[nodiscard]] std::uint32_t spurious_count();

} // namespace kernel::pic
