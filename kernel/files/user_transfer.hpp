// Transfers to and from the current program's memory (chapter 15).
#pragma once

#include "files/transfer.hpp"
#include "memory/user_memory.hpp"

#include "abi/files.h"

namespace kernel::files {

/// `size` bytes from `buffer`, or from several, one after the other, that have at least so many. The addresses need not
/// be checked before: each copy is (memory/user_memory.hpp).
class UserTransfer final : public Transfer {
public:
    UserTransfer(UserPointer<const char> buffer, std::uint32_t size)
        : Transfer(size), rest_{.iov_base = buffer.address(), .iov_len = size} {}
    UserTransfer(const iovec* buffers, std::uint32_t size) : Transfer(size), next_(buffers) {}

private:
    Result<void> copy_to(std::span<const std::byte> bytes) override {
        return copy(bytes, [](auto part, auto to) { return user_memory::copy_out(to, part.data(), part.size()); });
    }
    Result<void> copy_from(std::span<std::byte> bytes) override {
        return copy(bytes, [](auto part, auto from) { return user_memory::copy_in(part.data(), from, part.size()); });
    }

    template <typename Bytes, typename CopyPart>
    Result<void> copy(Bytes bytes, CopyPart copy_part) {
        while (bytes.size() > rest_.iov_len) {
            TRY(copy_part(bytes.first(rest_.iov_len), rest_.iov_base));
            bytes = bytes.subspan(rest_.iov_len);
            rest_ = *next_++;
        }
        TRY(copy_part(bytes, rest_.iov_base));
        rest_.iov_base += bytes.size();
        rest_.iov_len -= bytes.size();
        return {};
    }

    iovec rest_{}; // of a buffer
    const iovec* next_ = nullptr;
};

} // namespace kernel::files
