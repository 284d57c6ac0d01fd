// Memory on demand: a program is promised memory, and gets each page of it when it touches that (chapter 19).
#pragma once

#include "lib/error.hpp"
#include "memory/page_table.hpp"
#include "process/process.hpp"

#include <cstdint>
#include <optional>

namespace kernel::memory_on_demand {

/// From now on the break and the stack are regions: their pages get frames at the first touch, by the program or by the
/// kernel for it, and the stack grows down to USER_STACK_LIMIT bytes. Before the first process is made.
void enable();

/// Memory side by side that the program may use in one way.
struct Area {
    VirtualAddress begin;
    VirtualAddress end;
    Access access;
    bool is_promised; ///< else it came with the program's file
};
/// The first area that ends after `from`; nothing if there is none, or if it has ended.
[[nodiscard]] std::optional<Area> first_area(Process& process, VirtualAddress from);

/// For memory that goes from one process to another: each has the other's regions from now on. (Chapter 20.)
void swap_regions(Process& one, Process& other);

/// Promises `size` bytes of zeros, page-aligned and not 0, at the highest free place. Returns where. OutOfMemory if there is
/// no such place.
[[nodiscard]] Result<VirtualAddress> add(Process& process, std::uint32_t size, Access access);
/// The same at a place of the caller's choice, [`begin`, `end`), page-aligned and below KERNEL_BASE. What was there goes.
[[nodiscard]] Result<void> add_at(Process& process, VirtualAddress begin, VirtualAddress end, Access access);
/// Whether `add_at` would take nothing away.
[[nodiscard]] bool is_free(Process& process, VirtualAddress begin, VirtualAddress end);
/// Takes away what is there, whether promised or given. OutOfMemory if a region had to be split; then nothing has changed.
[[nodiscard]] Result<void> remove(Process& process, VirtualAddress begin, VirtualAddress end);
/// Changes the access of all pages there. OutOfMemory also if one of them is neither promised nor given, as POSIX has it.
[[nodiscard]] Result<void> protect(Process& process, VirtualAddress begin, VirtualAddress end, Access access);

} // namespace kernel::memory_on_demand
