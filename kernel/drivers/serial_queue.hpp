// Serial output that nothing waits for: a queue that the UART's interrupt empties (chapter 12).
#pragma once

namespace kernel::serial {

/// From now on `write` puts its text in a queue, and the UART fetches it by its interrupt whenever
/// interrupts are on. `log::flush` sends what is left and ends this. `console::enable_input` must
/// have been called.
///
/// Programs may fill one half of the queue (see `has_room`); the other is for the kernel's reports
/// and for the echo, which can't wait. A report that is longer still waits for the UART.
void queue_output();

/// `hook` is called from now on when the half for programs has room again: whoever waits can be woken.
void set_room_hook(void (*hook)());

} // namespace kernel::serial
