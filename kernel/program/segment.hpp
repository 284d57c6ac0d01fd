// A segment: one piece of a program's memory, and what it begins with (chapter 11).
#pragma once

#include "lib/address.hpp"
#include "lib/byte_source.hpp"

#include <cstdint>

namespace kernel {

/// One piece of the program's memory. Every segment is readable: the page tables of this
/// processor have no way to forbid that alone.
struct Segment {
    VirtualAddress start;   ///< first byte; need not be page aligned
    std::uint32_t size = 0; ///< bytes in memory, at least 1
    ByteSource contents;    ///< its first bytes, inside the file; the rest is zero
    bool writable = false;
    bool executable = false; ///< what the file asks for: without NX, all readable pages are

    VirtualAddress end() const { return start + size; }
    VirtualAddress first_page() const { return VirtualAddress(page_round_down(start.value())); }
    /// One past the last page it touches.
    VirtualAddress end_page() const { return VirtualAddress(page_round_up(end().value())); }
};

} // namespace kernel
