// The contents of a file: bytes kept in page frames, found through an index (chapter 15).
#pragma once

#include "files/transfer.hpp"
#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/frames.hpp"

#include "layout.h"

#include <array>
#include <cstdint>

namespace kernel::files {

/// A row of bytes that grows and shrinks. Only pages that were written take memory: a hole, which was skipped, reads as
/// zeros. The index is that of the classic Unix file systems: the first pages are named here, the next ones in one
/// frame of 1,024 entries, and all others through a frame of such frames. So small files cost little, and the way to
/// any page is three steps at most.
class Contents {
public:
    Contents() = default;
    Contents(const Contents&) = delete;
    Contents& operator=(const Contents&) = delete;
    ~Contents();

    static constexpr std::uint32_t direct_pages = 12;
    static constexpr std::uint32_t entries_per_frame = PAGE_SIZE / sizeof(std::uint32_t);
    /// A file can't be larger: 4 GiB, 4 MiB and 48 KiB, which is what the index has entries for.
    static constexpr std::uint64_t maximum_size =
        (std::uint64_t{direct_pages} + entries_per_frame + entries_per_frame * entries_per_frame) * PAGE_SIZE;

    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Frames in use, those of the index included.
    [[nodiscard]] std::uint32_t frame_count() const { return frame_count_; }

    /// Puts bytes from `offset` into `to`, until `to` is full or the contents end: how many. After a fault on the way
    /// it is as many as came through, and BadAddress only if nothing did.
    [[nodiscard]] Result<std::uint32_t> read(std::uint64_t offset, Transfer& to) const;

    /// The other way; grows if need be. FileTooLarge if `offset` is maximum_size or more; NoSpace if there is no frame;
    /// if any of these, or a fault, comes on the way, the result is how many bytes were written.
    [[nodiscard]] Result<std::uint32_t> write(std::uint64_t offset, Transfer& from);

    /// Cuts the end off, or lets a hole follow. FileTooLarge beyond maximum_size; NoSpace.
    [[nodiscard]] Result<void> resize(std::uint64_t size);

    /// The frame of a page inside, nullptr for a hole. Whoever shares it keeps what is in it: from then on a write goes to
    /// a copy.
    [[nodiscard]] const std::byte* page(std::uint32_t number) const;

private:
    /// One entry of the index: the physical address of a frame, or 0 for none (frame 0 is never handed out).
    using Entry = std::uint32_t;

    [[nodiscard]] Result<std::byte*> page_for_write(std::uint32_t number, bool with_zeros = true);
    [[nodiscard]] Result<Entry*> entry_for(std::uint32_t number);
    [[nodiscard]] Result<void> fill(Entry& entry, bool with_zeros = true);
    [[nodiscard]] Result<void> own(Entry& entry);
    void release(Entry& entry);
    void release_pages(Entry& table, std::uint32_t first);
    void release_from(std::uint32_t first_page);

    std::uint64_t size_ = 0;
    std::uint32_t frame_count_ = 0;
    std::array<Entry, direct_pages> direct_{};
    Entry table_ = 0;           // names the frame with the entries of the next 1,024 pages
    Entry table_of_tables_ = 0; // names the frame whose entries name such frames
};

/// Takes the interrupts that are pending, for what takes long. As seconds_now(): see files/node.hpp.
void take_interrupts();

} // namespace kernel::files
