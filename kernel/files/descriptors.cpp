// Descriptors: the small numbers by which a process names its open files (chapter 15).
#include "files/descriptors.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace kernel::files {

void Descriptors::put(Set& set, std::uint32_t descriptor, bool value) {
    const std::uint32_t bit = 1U << descriptor % 32;
    set[descriptor / 32] = value ? set[descriptor / 32] | bit : set[descriptor / 32] & ~bit;
}

/// Calls `visit` for each descriptor that is open now: it takes time for those, not for the whole table.
template <typename Visit>
void Descriptors::for_each_open(Visit visit) {
    for (std::uint32_t word = 0; word < open_.size(); ++word) {
        for (std::uint32_t rest = open_[word]; rest != 0; rest &= rest - 1) { // clears the lowest bit
            visit(word * 32 + static_cast<std::uint32_t>(std::countr_zero(rest)));
        }
    }
}

bool Descriptors::is_open(int descriptor) const {
    const auto index = static_cast<std::uint32_t>(descriptor); // a negative one is a large one
    return index < count && has(open_, index);
}

Result<OpenFile*> Descriptors::find(int descriptor) const {
    if (!is_open(descriptor)) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    return files_[static_cast<std::uint32_t>(descriptor)].get();
}

bool Descriptors::are_full() const {
    return std::ranges::all_of(open_, [](std::uint32_t word) { return word == 0xFFFF'FFFF; });
}

Result<int> Descriptors::add(Reference<OpenFile> file, bool closed_by_exec, int least) {
    const auto first = static_cast<std::uint32_t>(least);
    if (first >= count) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::uint32_t below_first = (1U << first % 32) - 1; // those of the first word that do not count as free
    for (std::uint32_t word = first / 32; word < open_.size(); ++word, below_first = 0) {
        const std::uint32_t free = ~(open_[word] | below_first);
        if (free != 0) {
            const int descriptor = static_cast<int>(word * 32) + std::countr_zero(free);
            TRY(set(descriptor, std::move(file), closed_by_exec));
            return descriptor;
        }
    }
    return std::unexpected(Error::TooManyOpenFiles);
}

Result<void> Descriptors::set(int descriptor, Reference<OpenFile> file, bool closed_by_exec) {
    const auto index = static_cast<std::uint32_t>(descriptor);
    if (index >= count) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    put(open_, index, true);
    put(closed_by_exec_, index, closed_by_exec);
    files_[index] = std::move(file);
    return {};
}

Result<void> Descriptors::close(int descriptor) {
    if (!is_open(descriptor)) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    const auto index = static_cast<std::uint32_t>(descriptor);
    put(open_, index, false);
    files_[index] = {}; // last: closing the last end of a pipe wakes others
    return {};
}

Result<bool> Descriptors::is_closed_by_exec(int descriptor) const {
    if (!is_open(descriptor)) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    return has(closed_by_exec_, static_cast<std::uint32_t>(descriptor));
}

Result<void> Descriptors::set_closed_by_exec(int descriptor, bool closed) {
    if (!is_open(descriptor)) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    put(closed_by_exec_, static_cast<std::uint32_t>(descriptor), closed);
    return {};
}

void Descriptors::copy_from(const Descriptors& other) {
    open_ = other.open_;
    closed_by_exec_ = other.closed_by_exec_;
    for_each_open([&](std::uint32_t index) { files_[index] = other.files_[index]; });
}

void Descriptors::close_for_exec() {
    for_each_open([&](std::uint32_t index) {
        if (has(closed_by_exec_, index)) {
            static_cast<void>(close(static_cast<int>(index)));
        }
    });
}

void Descriptors::close_all() {
    for_each_open([&](std::uint32_t index) { static_cast<void>(close(static_cast<int>(index))); });
}

} // namespace kernel::files
