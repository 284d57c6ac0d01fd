// Byte sources: bytes that are read, from memory or from a file that is not in one piece (chapter 5).
#pragma once

#include "layout.h"

#include <cstddef>
#include <cstring>
#include <span>

namespace kernel {

/// A view of bytes that have a length and can be copied out, used as a span is. What it is a view of must stay, and stay
/// as long as it is.
class ByteSource {
public:
    /// Fills `to` with the bytes of `file` from `offset` on, which are there.
    using Read = void (*)(const void* file, std::size_t offset, std::span<std::byte> to);
    /// Where the page of `file` that begins at `offset` lies in memory, if it has a page frame of its own; else nullptr.
    using Page = const std::byte* (*)(const void* file, std::size_t offset);

    constexpr ByteSource() = default; ///< no bytes
    constexpr ByteSource(std::span<const std::byte> memory) : file_(memory.data()), size_(memory.size()) {}
    constexpr ByteSource(const void* file, Read read, std::size_t size, Page page = nullptr)
        : file_(file), read_(read), page_(page), size_(size) {}

    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }

    /// Parts of it, which must lie inside.
    [[nodiscard]] constexpr ByteSource subspan(std::size_t offset) const { return subspan(offset, size_ - offset); }
    [[nodiscard]] constexpr ByteSource subspan(std::size_t offset, std::size_t size) const {
        ByteSource part = *this;
        part.offset_ += offset;
        part.size_ = size;
        return part;
    }
    [[nodiscard]] constexpr ByteSource first(std::size_t size) const { return subspan(0, size); }

    /// Copies all of its bytes to `to`.
    void copy_to(void* to) const {
        if (size_ != 0) {
            read_(file_, offset_, std::span(static_cast<std::byte*>(to), size_));
        }
    }

    /// Where its first page lies in memory, if that is a whole page of a file that has a page frame for it; else nullptr.
    /// (Chapter 19.)
    [[nodiscard]] const std::byte* first_page() const {
        return page_ == nullptr || size_ < PAGE_SIZE || offset_ % PAGE_SIZE != 0 ? nullptr : page_(file_, offset_);
    }

private:
    static void read_memory(const void* memory, std::size_t offset, std::span<std::byte> to) {
        std::memcpy(to.data(), static_cast<const std::byte*>(memory) + offset, to.size());
    }

    const void* file_ = nullptr;
    Read read_ = read_memory; // never null
    Page page_ = nullptr;
    std::size_t offset_ = 0;
    std::size_t size_ = 0;
};

} // namespace kernel
