// The root file system: made in memory from the archive that the boot loader brought (chapter 15).
#pragma once

#include "files/directory.hpp"
#include "lib/error.hpp"

#include <cstddef>
#include <span>

namespace kernel::files {

/// An empty directory for the root, which stays.
[[nodiscard]] Result<void> make_root();
/// make_root must have been called.
[[nodiscard]] Reference<Directory> root();

/// Puts every member of a tar archive below `root`. What can't be a file there is left out with a warning; a damaged
/// archive ends with the damage. The contents are copied: the archive is not needed afterwards.
void unpack(const Reference<Directory>& root, std::span<const std::byte> archive);

} // namespace kernel::files
