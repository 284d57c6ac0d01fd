// The one further entry of the GDT: the segment in which a program has its thread-local variables (chapter 20).
#include "cpu/thread_segment.hpp"

#include "cpu/registers.hpp"

#include "layout.h"

#include <cstddef>
#include <cstring>

namespace kernel::gdt {

namespace {

constexpr std::size_t index = THREAD_SEGMENT / sizeof(Descriptor);
static_assert(THREAD_SEGMENT == TSS_SEGMENT + sizeof(Descriptor));

Descriptor longer_table[index + 1];

} // namespace

// The new table begins as the old one does, so no segment register has to be loaded again: each has a copy of its
// descriptor, and so has the task register (Intel SDM Vol. 3A, 3.4.3 Segment Registers).
void add_thread_segment() {
    const cpu::TablePointer old = cpu::read_gdtr();
    std::memcpy(static_cast<void*>(longer_table), reinterpret_cast<const void*>(old.base), old.limit + std::size_t{1});
    cpu::load_gdt({.limit = sizeof(longer_table) - 1, .base = reinterpret_cast<std::uint32_t>(longer_table)});
}

// TRAP: the entry stub leaves fs and gs as the program had them. An interrupt of the kernel would put them back on its way
// out, from an entry that may have become null meanwhile, and that is a general protection fault in the kernel. So they
// are emptied; the program finds its own in its frame.
void set_thread_segment(Descriptor descriptor) {
    longer_table[index] = descriptor;
    cpu::empty_fs_and_gs();
}

} // namespace kernel::gdt
