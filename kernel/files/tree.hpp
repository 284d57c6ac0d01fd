// The tree of files: making, opening, removing and renaming by path (chapter 15).
#pragma once

#include "files/path.hpp"
#include "lib/error.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace kernel::files {

/// Where paths begin: at `root` if they begin with a slash, else at `current`.
struct Base {
    Reference<Directory> root;
    Reference<Directory> current;
};

/// The node that a path leads to. Errors of all functions here: those of walk(), and those that POSIX names for the call.
[[nodiscard]] Result<Reference<Node>> find(const Base& base, std::string_view path, LastLink last = LastLink::Follow);

/// What open(2) opens, made if `flags` has O_CREAT and cut off if it has O_TRUNC. `permissions` are those of a new file.
/// TextFileBusy if it is to be written to, and runs.
[[nodiscard]] Result<Reference<Node>> open(const Base& base, std::string_view path, std::uint32_t flags,
                                           std::uint32_t permissions);

[[nodiscard]] Result<void> make_directory(const Base& base, std::string_view path, std::uint32_t permissions);
[[nodiscard]] Result<void> make_symbolic_link(const Base& base, std::string_view target, std::string_view path);
/// One more name for `node`, which must not be a directory. CrossDevice for one of /proc: bit 31 is set in its number.
[[nodiscard]] Result<void> make_link(const Base& base, const Reference<Node>& node, std::string_view path);
/// Takes a name away; the node goes with its last name and its last user.
[[nodiscard]] Result<void> remove(const Base& base, std::string_view path);
[[nodiscard]] Result<void> remove_directory(const Base& base, std::string_view path);
/// Gives what `from` names the name `to`, in the place of what is there. Nothing is ever lost half-way: if it fails, both
/// names are as they were.
[[nodiscard]] Result<void> rename(const Base& from_base, std::string_view from, const Base& to_base,
                                  std::string_view to);

/// The path of a node from the root into `buffer`, with a NUL: how many bytes, that included. OutOfRange if it does not
/// fit, NoSuchFile if the directory was removed, or the file has no home.
[[nodiscard]] Result<std::uint32_t> path_of(Node& node, std::span<char> buffer);

} // namespace kernel::files
