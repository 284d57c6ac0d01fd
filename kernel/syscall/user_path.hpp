// A path that a program passes: copied into the kernel before it is looked at (chapter 15).
#pragma once

#include "lib/error.hpp"
#include "memory/user_memory.hpp"

#include "abi/files.h"

#include <array>
#include <memory>
#include <string_view>

namespace kernel::system_call {

/// Most paths are short and lie on the kernel's stack; a long one gets memory of its own.
class UserPath {
public:
    UserPath() = default;
    UserPath(const UserPath&) = delete;
    UserPath& operator=(const UserPath&) = delete;

    /// Copies up to the NUL. BadAddress, NameTooLong from PATH_MAX bytes on (the NUL included), OutOfMemory.
    [[nodiscard]] Result<void> copy(UserPointer<const char> from);

    [[nodiscard]] std::string_view text() const { return text_; }

private:
    static constexpr std::size_t short_size = 128;

    std::string_view text_;
    std::unique_ptr<char[]> long_;
    std::array<char, short_size> short_;
};

} // namespace kernel::system_call
