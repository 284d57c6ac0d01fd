// Program images: tells by its first bytes what kind of file a module is (chapters 11 and 14).
#pragma once

#include "lib/byte_source.hpp"

#include <cstdint>

namespace kernel::image {

enum class Kind : std::uint8_t {
    Empty, ///< no bytes at all
    Elf,   ///< begins with the ELF magic; only elf::parse knows whether it is any good
    Tar,   ///< a tar archive (the initrd), not a program
    Text,  ///< a line of text: a script, if it begins with "#!" (chapter 16)
    Flat,  ///< anything else: taken as a flat binary, since that has no mark
};

/// Looks at the first bytes of `file` only.
[[nodiscard]] Kind recognize(ByteSource file);

} // namespace kernel::image
