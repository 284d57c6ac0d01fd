// Transfers to and from the current program's memory (chapter 15).
#pragma once

#include "files/transfer.hpp"
#include "memory/user_memory.hpp"

namespace kernel::files {

/// `size` bytes from `buffer`, which need not be checked before: each copy is (memory/user_memory.hpp).
class UserTransfer final : public Transfer {
public:
    UserTransfer(UserPointer<const char> buffer, std::uint32_t size) : Transfer(size), address_(buffer.address()) {}

private:
    Result<void> copy_to(std::span<const std::byte> bytes) override {
        return user_memory::copy_out(address_ + done(), bytes.data(), bytes.size());
    }
    Result<void> copy_from(std::span<std::byte> bytes) override {
        return user_memory::copy_in(bytes.data(), address_ + done(), bytes.size());
    }

    std::uint32_t address_;
};

} // namespace kernel::files
