// Paths: from a row of names to the node it leads to (chapter 15).
#pragma once

#include "files/directory.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace kernel::files {

/// A name's bytes, copied. A copy of it copies what is in use.
class Name {
public:
    Name() = default;
    Name(const Name& other) { *this = other.text(); }
    Name& operator=(const Name& other) { return *this = other.text(); }
    Name& operator=(std::string_view text) {
        length_ = static_cast<std::uint8_t>(text.size());
        std::copy(text.begin(), text.end(), bytes_.begin());
        return *this;
    }
    [[nodiscard]] std::string_view text() const { return {bytes_.data(), length_}; }

private:
    std::uint8_t length_ = 0;
    std::array<char, NAME_MAX> bytes_;
};

/// Where a path leads: the directory that its last name is looked up in, that name, and what is there, if anything is.
struct Place {
    Reference<Directory> directory;
    Reference<Node> node; ///< nothing: there is no such name
    Name last_name;
    bool slash_after = false; ///< the path ends in a slash: only a directory will do, which the caller checks

    /// "." for a path that is only slashes.
    [[nodiscard]] std::string_view name() const { return last_name.text(); }
    [[nodiscard]] bool is_dot_or_dot_dot() const { return name() == "." || name() == ".."; }
    [[nodiscard]] bool has_wrong_slash() const { return slash_after && node && node->as_directory() == nullptr; }
};

/// What to do with a symbolic link at the end of a path. One in the middle is always followed.
enum class LastLink {
    Follow,
    FollowToFile, ///< but not if a slash comes after it, as open does when it may have to make a file there
    Keep,         ///< but follow it if a slash comes after it
    Never,        ///< for calls that change the name itself
};

/// Links that are followed in one walk: as Linux has it.
inline constexpr unsigned maximum_links = 40;

/// Walks `path` from `from`, or from `root` if it begins with a slash (POSIX.1-2017, 4.13 Pathname Resolution). Fails
/// with NoSuchFile (a name before the last one is not there, or the path is empty), NotDirectory, TooManyLinks,
/// NameTooLong (a name, or the path, as it is given or after a link was put in), OutOfMemory.
[[nodiscard]] Result<Place> walk(const Reference<Directory>& root, const Reference<Directory>& from,
                                 std::string_view path, LastLink last);

} // namespace kernel::files
