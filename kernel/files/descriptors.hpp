// Descriptors: the small numbers by which a process names its open files (chapter 15).
#pragma once

#include "files/open_file.hpp"

#include "layout.h"

#include <array>
#include <cstdint>

namespace kernel::files {

/// A process's table. A descriptor is an index; each entry refers to an open file and says whether it is closed by exec.
class Descriptors {
public:
    static constexpr std::uint32_t count = OPEN_FILES_MAX;

    Descriptors() : files_{} {}
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;
    ~Descriptors() { close_all(); }

    /// The open file of a descriptor, or BadFileDescriptor.
    [[nodiscard]] Result<OpenFile*> find(int descriptor) const;
    /// Whether `add` would fail.
    [[nodiscard]] bool are_full() const;
    /// The lowest free descriptor that is `least` or more, from now on for `file`. TooManyOpenFiles; InvalidArgument if
    /// `least` is not a valid number.
    [[nodiscard]] Result<int> add(Reference<OpenFile> file, bool closed_by_exec, int least = 0);
    /// dup2: `descriptor` is for `file` from now on, whatever it was before. BadFileDescriptor if it can't be one.
    [[nodiscard]] Result<void> set(int descriptor, Reference<OpenFile> file, bool closed_by_exec);
    [[nodiscard]] Result<void> close(int descriptor);

    [[nodiscard]] Result<bool> is_closed_by_exec(int descriptor) const;
    [[nodiscard]] Result<void> set_closed_by_exec(int descriptor, bool closed);

    /// Takes over another table's open files (fork); this one must be empty.
    void copy_from(const Descriptors& other);
    /// What exec does.
    void close_for_exec();
    void close_all();

private:
    /// One bit a descriptor, so that the lowest free one is found a word at a time.
    using Set = std::array<std::uint32_t, count / 32>;
    static bool has(const Set& set, std::uint32_t descriptor) {
        return (set[descriptor / 32] >> descriptor % 32 & 1) != 0;
    }
    static void put(Set& set, std::uint32_t descriptor, bool value);
    [[nodiscard]] bool is_open(int descriptor) const;
    template <typename Visit>
    void for_each_open(Visit visit);

    union { // so that a process's end does not visit all entries: what is not open refers to nothing
        std::array<Reference<OpenFile>, count> files_;
    };
    Set open_{};
    Set closed_by_exec_{};
};

} // namespace kernel::files
