// The one further entry of the GDT: the segment in which a program has its thread-local variables (chapter 20).
#pragma once

#include "cpu/gdt.hpp"

namespace kernel::gdt {

/// Makes the GDT one entry longer, at THREAD_SEGMENT. The entry is null at first. To be called once.
void add_thread_segment();

/// What THREAD_SEGMENT means from now on: for the program that runs next.
void set_thread_segment(Descriptor descriptor);

} // namespace kernel::gdt
