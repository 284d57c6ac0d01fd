// User memory: the only way in which the kernel touches a program's memory (chapter 12).
#pragma once

#include "lib/error.hpp"

#include "layout.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel {

/// A pointer that a program passed in: an address of its own, not yet checked. It can't be
/// dereferenced; the functions below copy through it.
template <typename T>
class UserPointer {
public:
    constexpr explicit UserPointer(std::uint32_t address) : address_(address) {}
    constexpr std::uint32_t address() const { return address_; }
    constexpr bool is_null() const { return address_ == 0; }
    constexpr UserPointer operator+(std::uint32_t elements) const {
        return UserPointer(address_ + elements * static_cast<std::uint32_t>(sizeof(T)));
    }

private:
    std::uint32_t address_;
};

namespace user_memory {

/// Whether `size` bytes from `address` lie below the kernel. Written so that nothing can wrap round
/// 2^32.
constexpr bool is_user_range(std::uint32_t address, std::uint32_t size) {
    return size <= KERNEL_BASE && address <= KERNEL_BASE - size;
}

/// Makes a fault within the copying functions their failure instead of a kernel panic.
void initialize();

/// Copy `size` bytes between the kernel and the current process. BadAddress if a byte of the range
/// is the kernel's, is not mapped, or (copy_out) is read-only; part of the bytes may have been
/// copied then.
[[nodiscard]] Result<void> copy_in(void* to, std::uint32_t from, std::size_t size);
[[nodiscard]] Result<void> copy_out(std::uint32_t to, const void* from, std::size_t size);

/// Copies a string that ends with a NUL, the NUL included, and returns its length without it. BadAddress; NameTooLong if
/// `to` has no room for the NUL.
[[nodiscard]] Result<std::size_t> copy_string_in(std::span<char> to, std::uint32_t from);

} // namespace user_memory

[[nodiscard]] inline Result<std::size_t> copy_string_from_user(std::span<char> to, UserPointer<const char> from) {
    return user_memory::copy_string_in(to, from.address());
}

[[nodiscard]] inline Result<void> copy_from_user(std::span<char> to, UserPointer<const char> from) {
    return user_memory::copy_in(to.data(), from.address(), to.size());
}

[[nodiscard]] inline Result<void> copy_to_user(UserPointer<char> to, std::span<const char> from) {
    return user_memory::copy_out(to.address(), from.data(), from.size());
}

/// Copies one object out.
template <typename T>
[[nodiscard]] Result<void> copy_to_user(UserPointer<T> to, const T& object) {
    return user_memory::copy_out(to.address(), &object, sizeof(object));
}

} // namespace kernel
