// Random numbers: for stack guards and hash tables of programs, not for keys (chapter 20).
#pragma once

#include <cstdint>

namespace kernel::random {

/// Lets a number that is hard to foretell have its part in all that come after.
void stir(std::uint32_t number);

/// The next one. The same numbers after the same ones that were stirred in.
[[nodiscard]] std::uint32_t next();

} // namespace kernel::random
