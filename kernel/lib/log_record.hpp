// The log's record: its last 64 KiB, for who asks later (chapter 18).
#pragma once

#include <cstddef>
#include <span>

namespace kernel::log {

/// From now on what is logged is recorded, also what is for the record alone (lib/log.hpp).
void keep_record();

/// How many bytes the record has.
[[nodiscard]] std::size_t record_size();
/// Copies from the record, `begin` bytes after its oldest: there must be so many.
void copy_record(std::size_t begin, std::span<char> to);

} // namespace kernel::log
