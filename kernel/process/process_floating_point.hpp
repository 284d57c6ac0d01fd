// Floating point in programs: each process has registers of its own (chapter 17).
#pragma once

namespace kernel::floating_point {

/// Programs may use the floating-point unit and SSE from now on, if the processor has them. Their registers belong to the
/// process, as the general ones do; a fork copies them.
void enable();

} // namespace kernel::floating_point
