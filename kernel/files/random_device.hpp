// Random bytes as files: /dev/random and /dev/urandom (chapter 20).
#pragma once

#include "files/node.hpp"

namespace kernel::files {

/// Puts random bytes, which are not good enough for keys, into `to`. Returns how many, which may be fewer than there is room
/// for. BadAddress.
[[nodiscard]] Result<std::uint32_t> read_random(Transfer& to);

/// The other devices must have been made.
void make_random_devices();

} // namespace kernel::files
