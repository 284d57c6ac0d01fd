// The bytes in a pipe: a ring of page frames (chapter 18).
#include "files/pipe_buffer.hpp"

#include "lib/address.hpp"

#include <algorithm>
#include <span>

namespace kernel::files {

template <typename Move>
Result<std::uint32_t> PipeBuffer::for_each_part(std::uint32_t place, std::uint32_t count, Move move) {
    std::uint32_t done = 0;
    while (done < count) {
        const std::uint32_t offset = (place + done) % PAGE_SIZE;
        frames::Owner& frame = frames_[(place + done) % capacity / PAGE_SIZE];
        if (!frame) {
            Result<frames::Owner> allocated = frames::allocate();
            if (!allocated) {
                return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(allocated.error());
            }
            frame = std::move(*allocated);
        }
        const auto part = std::span(at_physical<std::byte>(frame.frame()) + offset,
                                    std::min<std::uint32_t>(count - done, PAGE_SIZE - offset));
        if (const Result<void> moved = move(part); !moved) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(moved.error());
        }
        done += static_cast<std::uint32_t>(part.size());
    }
    return done;
}

Result<std::uint32_t> PipeBuffer::read(Transfer& to) {
    const std::uint32_t done =
        TRY(for_each_part(first_, std::min(to.left(), size_), [&](std::span<std::byte> part) { return to.put(part); }));
    size_ -= done;
    first_ = size_ == 0 ? 0 : (first_ + done) % capacity; // empty: what comes next is in one piece
    return done;
}

Result<std::uint32_t> PipeBuffer::write(Transfer& from) {
    const std::uint32_t done = TRY(for_each_part(first_ + size_, std::min(from.left(), room()),
                                                 [&](std::span<std::byte> part) { return from.take(part); }));
    size_ += done;
    return done;
}

} // namespace kernel::files
