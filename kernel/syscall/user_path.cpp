// A path that a program passes: copied into the kernel before it is looked at (chapter 15).
#include "syscall/user_path.hpp"

#include "memory/new.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>

namespace kernel::system_call {

Result<void> UserPath::copy(UserPointer<const char> from) {
    char* to = short_.data();
    std::size_t size = short_size;
    for (std::size_t length = 0;;) {
        // Never past the end of a page before its bytes have been looked at: the text may end there, and the next page
        // not be the program's.
        const std::uint32_t address = from.address() + static_cast<std::uint32_t>(length);
        const std::size_t piece = std::min<std::size_t>(size - length, PAGE_SIZE - address % PAGE_SIZE);
        TRY(user_memory::copy_in(to + length, address, piece));
        if (const void* end = std::memchr(to + length, '\0', piece); end != nullptr) {
            text_ = {to, static_cast<std::size_t>(static_cast<const char*>(end) - to)};
            return {};
        }
        length += piece;
        if (length == PATH_MAX) {
            return std::unexpected(Error::NameTooLong);
        }
        if (length == size) {
            long_ = TRY(allocate<char[]>(PATH_MAX));
            std::memcpy(long_.get(), to, length);
            to = long_.get();
            size = PATH_MAX;
        }
    }
}

} // namespace kernel::system_call
