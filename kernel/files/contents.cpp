// The contents of a file: bytes kept in page frames, found through an index (chapter 15).
#include "files/contents.hpp"

#include <algorithm>
#include <cstring>

namespace kernel::files {

namespace {

std::uint32_t* entries_of(std::uint32_t table) {
    return at_physical<std::uint32_t>(PhysicalAddress(table));
}

constexpr std::uint32_t first_indirect = Contents::direct_pages;
constexpr std::uint32_t first_double = first_indirect + Contents::entries_per_frame;

} // namespace

Contents::~Contents() {
    release_from(0);
}

const std::byte* Contents::page(std::uint32_t number) const {
    Entry entry = 0;
    if (number < first_indirect) {
        entry = direct_[number];
    } else if (number < first_double) {
        entry = table_ == 0 ? 0 : entries_of(table_)[number - first_indirect];
    } else if (table_of_tables_ != 0) {
        const Entry table = entries_of(table_of_tables_)[(number - first_double) / entries_per_frame];
        entry = table == 0 ? 0 : entries_of(table)[(number - first_double) % entries_per_frame];
    }
    return entry == 0 ? nullptr : at_physical<const std::byte>(PhysicalAddress(entry));
}

/// A frame for an entry that has none. Without zeros: for a page that is written whole, at once.
Result<void> Contents::fill(Entry& entry, bool with_zeros) {
    if (entry == 0) {
        Result<frames::Owner> frame = with_zeros ? frames::allocate_zeroed() : frames::allocate();
        if (!frame) {
            return std::unexpected(Error::NoSpace);
        }
        entry = frame->hand_over().value();
        ++frame_count_;
    }
    return {};
}

/// A copy for an entry whose frame a program has in its memory, too: what runs does not change when its file does.
Result<void> Contents::own(Entry& entry) {
    const PhysicalAddress shared(entry);
    if (frames::user_count(shared) > 1) {
        Result<frames::Owner> copy = frames::allocate();
        if (!copy) {
            return std::unexpected(Error::NoSpace);
        }
        std::memcpy(at_physical<void>(copy->frame()), at_physical<const void>(shared), PAGE_SIZE);
        frames::release(shared);
        entry = copy->hand_over().value();
    }
    return {};
}

Result<Contents::Entry*> Contents::entry_for(std::uint32_t number) {
    if (number < first_indirect) {
        return &direct_[number];
    }
    if (number < first_double) {
        TRY(fill(table_));
        return &entries_of(table_)[number - first_indirect];
    }
    TRY(fill(table_of_tables_));
    Entry& table = entries_of(table_of_tables_)[(number - first_double) / entries_per_frame];
    TRY(fill(table));
    return &entries_of(table)[(number - first_double) % entries_per_frame];
}

Result<std::byte*> Contents::page_for_write(std::uint32_t number, bool with_zeros) {
    Entry* entry = TRY(entry_for(number));
    TRY(fill(*entry, with_zeros));
    TRY(own(*entry));
    return at_physical<std::byte>(PhysicalAddress(*entry));
}

Result<std::uint32_t> Contents::read(std::uint64_t offset, Transfer& to) const {
    std::uint32_t done = 0;
    while (offset < size_ && to.left() > 0) {
        const auto within = static_cast<std::uint32_t>(offset % PAGE_SIZE);
        const std::uint32_t wanted = std::min(PAGE_SIZE - within, to.left());
        const auto piece = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, size_ - offset));
        const std::byte* from = page(static_cast<std::uint32_t>(offset / PAGE_SIZE));
        const Result<void> put = from == nullptr ? to.put_zeros(piece) : to.put({from + within, piece});
        if (!put) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(put.error());
        }
        offset += piece;
        done += piece;
    }
    return done;
}

Result<std::uint32_t> Contents::write(std::uint64_t offset, Transfer& from) {
    if (offset >= maximum_size && from.left() > 0) {
        return std::unexpected(Error::FileTooLarge);
    }
    std::uint32_t done = 0;
    while (offset < maximum_size && from.left() > 0) {
        const auto within = static_cast<std::uint32_t>(offset % PAGE_SIZE);
        const std::uint32_t piece = std::min(PAGE_SIZE - within, from.left());
        const auto number = static_cast<std::uint32_t>(offset / PAGE_SIZE);
        const bool was_hole = page(number) == nullptr;
        const Result<std::byte*> to = page_for_write(number, piece < PAGE_SIZE);
        const Result<void> taken = to ? from.take({*to + within, piece}) : Result<void>(std::unexpected(to.error()));
        if (!taken) {
            if (to) { // else the file would show what the frame held before, or, once it has grown, what was taken
                const std::uint64_t end = was_hole ? 0 : size_ - std::min(size_, offset - within);
                const auto kept = static_cast<std::uint32_t>(std::min<std::uint64_t>(end, PAGE_SIZE));
                std::memset(*to + kept, 0, PAGE_SIZE - kept);
            }
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(taken.error());
        }
        offset += piece;
        done += piece;
        size_ = std::max(size_, offset);
    }
    return done;
}

Result<void> Contents::resize(std::uint64_t size) {
    if (size > maximum_size) {
        return std::unexpected(Error::FileTooLarge);
    }
    if (size < size_) {
        // What is left of the last page must read as zeros if the file grows again.
        const auto last = static_cast<std::uint32_t>(size / PAGE_SIZE);
        const auto used = static_cast<std::uint32_t>(size % PAGE_SIZE);
        if (used != 0 && page(last) != nullptr) {
            std::memset(TRY(page_for_write(last)) + used, 0, PAGE_SIZE - used);
        }
        release_from(static_cast<std::uint32_t>((size + PAGE_SIZE - 1) / PAGE_SIZE));
    }
    size_ = size;
    return {};
}

void Contents::release(Entry& entry) {
    if (entry != 0) {
        frames::release(PhysicalAddress(entry));
        entry = 0;
        --frame_count_;
    }
}

/// Releases the pages that a table names from entry `first` on, and the table with the first of them.
void Contents::release_pages(Entry& table, std::uint32_t first) {
    if (table == 0) {
        return;
    }
    for (std::uint32_t i = first; i < entries_per_frame; ++i) {
        release(entries_of(table)[i]);
    }
    if (first == 0) {
        release(table);
    }
    take_interrupts(); // a file may have 175,000 pages: 40 ms
}

void Contents::release_from(std::uint32_t first_page) {
    for (std::uint32_t i = first_page; i < direct_pages; ++i) {
        release(direct_[i]);
    }
    if (first_page < first_double) {
        release_pages(table_, first_page <= first_indirect ? 0 : first_page - first_indirect);
    }
    if (table_of_tables_ == 0) {
        return;
    }
    const std::uint32_t first = first_page <= first_double ? 0 : first_page - first_double;
    for (std::uint32_t i = first / entries_per_frame; i < entries_per_frame; ++i) {
        const bool is_cut = i == first / entries_per_frame;
        release_pages(entries_of(table_of_tables_)[i], is_cut ? first % entries_per_frame : 0);
    }
    if (first == 0) {
        release(table_of_tables_);
    }
}

} // namespace kernel::files
