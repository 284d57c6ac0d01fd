// The bytes in a pipe: a ring of page frames (chapter 18).
#pragma once

#include "files/transfer.hpp"
#include "memory/frames.hpp"

#include "layout.h"

#include <array>
#include <cstdint>

namespace kernel::files {

/// First in, first out. A frame is taken when the first byte comes to lie in it, and kept: a pipe that is emptied as quickly
/// as it is filled needs only one.
class PipeBuffer {
public:
    static constexpr std::uint32_t capacity = 16 * PAGE_SIZE; // as Linux has it

    [[nodiscard]] std::uint32_t size() const { return size_; }
    [[nodiscard]] std::uint32_t room() const { return capacity - size_; }

    /// Moves as many bytes as both sides allow, and returns how many. If a part can't be copied it ends there; the error is
    /// told only if nothing was moved: BadAddress or, for a write, OutOfMemory.
    [[nodiscard]] Result<std::uint32_t> read(Transfer& to);
    [[nodiscard]] Result<std::uint32_t> write(Transfer& from);

private:
    /// Calls `move` with the part of each frame in turn, for `count` bytes from `place` on.
    template <typename Move>
    Result<std::uint32_t> for_each_part(std::uint32_t place, std::uint32_t count, Move move);

    std::array<frames::Owner, capacity / PAGE_SIZE> frames_;
    std::uint32_t first_ = 0; // where the oldest byte is
    std::uint32_t size_ = 0;
};

} // namespace kernel::files
