// /proc: what the kernel knows of its processes and of itself, as files (chapter 18).
#pragma once

#include "files/generated.hpp"
#include "process/process.hpp"

#include <string_view>

namespace kernel::files {

/// Makes /proc, which has a directory for each process under its number, with the files that were added by `add_process_file`,
/// `fd` with its descriptors, `cwd` and `exe`; and `self`, the directory of whoever asks. The root must have been made.
/// A name in `fd` is a symbolic link that leads to what is open, wherever that is.
void enable_proc();

/// /proc/NUMBER/`name` says what `write` writes about that process, which may have ended. At most 8.
void add_process_file(std::string_view name, void (*write)(Process& process, Text& to));

} // namespace kernel::files
