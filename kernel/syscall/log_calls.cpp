// System calls about the kernel's log: syslog (chapter 18).
#include "lib/log_record.hpp"
#include "memory/user_memory.hpp"
#include "syscall/system_call.hpp"

#include <algorithm>
#include <array>

namespace kernel::system_call {

void enable_log_calls() {
    log::keep_record();
}

namespace calls {

/// Tells what the kernel has logged: with `action` 3 the last `size` bytes at most, with 10 how many bytes are kept.
Result<std::uint32_t> syslog(unsigned action, UserPointer<char> buffer, unsigned size) {
    constexpr unsigned read_all = 3;
    constexpr unsigned ask_size = 10;
    if (action == ask_size) {
        return static_cast<std::uint32_t>(log::record_size());
    }
    if (action != read_all) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::size_t count = std::min<std::size_t>(size, log::record_size());
    const std::size_t begin = log::record_size() - count;
    for (std::size_t done = 0; done < count;) {
        std::array<char, 256> bytes;
        const auto piece = std::span(bytes).first(std::min(count - done, bytes.size()));
        log::copy_record(begin + done, piece);
        TRY(copy_to_user(buffer + static_cast<std::uint32_t>(done), piece));
        done += piece.size();
    }
    return static_cast<std::uint32_t>(count);
}

} // namespace calls

} // namespace kernel::system_call
