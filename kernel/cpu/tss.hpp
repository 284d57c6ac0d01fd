// The TSS: which stack the processor takes when an interrupt comes from privilege level 3 (chapter 11).
#pragma once

#include <cstdint>

namespace kernel::tss {

/// Fills the TSS, puts its descriptor into the GDT and loads the task register. The GDT must have
/// been loaded.
void initialize();

/// The next interrupt from privilege level 3 starts on the stack that ends at linear address `end`.
/// To be called whenever another process gets the processor.
void set_kernel_stack(std::uint32_t end);

} // namespace kernel::tss
