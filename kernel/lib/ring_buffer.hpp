// A queue of fixed capacity (chapter 6).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace kernel {

/// First in, first out. What comes when it is full is dropped and counted: an interrupt handler
/// must not wait for room.
template <typename T, std::size_t Capacity>
class RingBuffer {
public:
    static_assert(Capacity > 0);

    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr std::size_t room() const { return Capacity - size_; }
    [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
    /// How many values were dropped since the start.
    [[nodiscard]] constexpr std::uint32_t dropped() const { return dropped_; }

    constexpr void push(const T& value) {
        if (size_ == Capacity) {
            ++dropped_;
            return;
        }
        values_[(first_ + size_) % Capacity] = value;
        ++size_;
    }

    /// The value that would be taken out after `index` others: there must be so many.
    [[nodiscard]] constexpr const T& operator[](std::size_t index) const {
        return values_[(first_ + index) % Capacity];
    }

    /// Takes out the oldest value, or nothing if there is none.
    constexpr std::optional<T> pop() {
        if (size_ == 0) {
            return std::nullopt;
        }
        const T value = values_[first_];
        first_ = (first_ + 1) % Capacity;
        --size_;
        return value;
    }

private:
    std::array<T, Capacity> values_{};
    std::size_t first_ = 0; // the oldest value; the others follow it, wrapping round
    std::size_t size_ = 0;
    std::uint32_t dropped_ = 0;
};

} // namespace kernel
