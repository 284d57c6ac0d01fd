// The file of a program that is to be run: found by its path, and read (chapter 16).
#pragma once

#include "files/node.hpp"
#include "lib/byte_source.hpp"
#include "lib/error.hpp"

#include <string_view>

namespace kernel::system_call {

using ProgramFile = Reference<files::Node>;

/// What `path` leads to. AccessDenied if it is not a file, or its permissions are not those of a program; TextFileBusy if it is open
/// for writing.
[[nodiscard]] Result<ProgramFile> find_program(std::string_view path);

/// The bytes of `file`, which must stay as long as they are used. Should it become shorter, what is not there leaves the
/// place it is copied to as it was.
[[nodiscard]] ByteSource bytes_of(const ProgramFile& file);

} // namespace kernel::system_call
