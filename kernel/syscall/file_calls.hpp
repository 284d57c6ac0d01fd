// What the system calls on files share (chapter 15).
#pragma once

#include "files/node.hpp"
#include "memory/user_memory.hpp"

#include "abi/files.h"

namespace kernel::system_call {

/// From now on read and write are about any open file, not about the console alone, and the calls of chapter 15 are there.
void enable_files();

/// Does nothing but to be called: so the linker takes the calls on paths out of the archive, which are weak in the table.
void enable_paths();

/// What a path leads to that begins at an open directory, or at AT_FDCWD. Of `flags`, AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH
/// (with an empty path, the open file itself) count.
[[nodiscard]] Result<Reference<files::Node>> node_at(int directory, UserPointer<const char> path, unsigned flags);

/// What access answers of a path: 0, AccessDenied, InvalidArgument, what node_at says.
[[nodiscard]] Result<std::uint32_t> check_access(int directory, UserPointer<const char> path, unsigned mode);

/// Fills in what stat64 and its kin tell. BadAddress.
[[nodiscard]] Result<std::uint32_t> put_status(UserPointer<stat64> to, const files::Node& node);

} // namespace kernel::system_call
