// System calls on the console: read and write (chapter 12).
#include "memory/user_memory.hpp"
#include "process/process_console.hpp"
#include "syscall/system_call.hpp"

#include <algorithm>

namespace kernel::system_call {

namespace {

constexpr int standard_input = 0;
constexpr int standard_output = 1;
constexpr int standard_error = 2;

/// The kernel's side of each copy; on its stack, so small.
constexpr std::uint32_t piece_size = 256;

/// More is not written in one call. POSIX lets write() return less than it was asked for.
constexpr std::uint32_t write_limit = 4096;

Result<std::uint32_t> read_console(int descriptor, UserPointer<char> buffer, std::size_t size) {
    if (descriptor != standard_input) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if (!user_memory::is_user_range(buffer.address(), size)) {
        return std::unexpected(Error::BadAddress);
    }
    if (size == 0) {
        return 0U;
    }
    char piece[piece_size];
    const auto line = TRY(process::peek_console(std::span(piece).first(std::min(size, piece_size))));
    TRY(copy_to_user(buffer, line)); // if it fails, the line is there for the next call
    process::discard_from_console(line.size());
    return static_cast<std::uint32_t>(line.size());
}

Result<std::uint32_t> write_console(int descriptor, UserPointer<const char> buffer, std::size_t size) {
    if (descriptor != standard_output && descriptor != standard_error) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if (!user_memory::is_user_range(buffer.address(), size)) {
        return std::unexpected(Error::BadAddress);
    }
    const std::uint32_t total = std::min(size, write_limit);
    std::uint32_t done = 0;
    while (done < total) {
        char piece[piece_size];
        const auto part = std::span(piece).first(std::min(total - done, piece_size));
        Result<std::size_t> written = std::unexpected(Error::BadAddress);
        if (copy_from_user(part, buffer + done)) {
            written = process::write_line_to_console(part);
        }
        if (!written) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(written.error());
        }
        done += static_cast<std::uint32_t>(*written);
    }
    return done;
}

DescriptorCalls descriptor_calls{read_console, write_console};

} // namespace

void set_descriptor_calls(const DescriptorCalls& calls) {
    descriptor_calls = calls;
}

namespace calls {

/// Reads from an open file, at most `size` bytes, and returns how many: 0 at its end. From the console it waits for a
/// line; what does not fit is for the next call.
Result<std::uint32_t> read(int descriptor, UserPointer<char> buffer, size_t size) {
    return descriptor_calls.read(descriptor, buffer, size);
}

/// Writes to an open file. Returns how many bytes were written: fewer than `size` if there is no more room, or if a later
/// part of the buffer can't be read.
Result<std::uint32_t> write(int descriptor, UserPointer<const char> buffer, size_t size) {
    return descriptor_calls.write(descriptor, buffer, size);
}

} // namespace calls

} // namespace kernel::system_call
