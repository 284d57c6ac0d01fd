// The start of the file system: the root from the boot loader's archive, the devices, and files for processes (chapter 15).
#pragma once

#include "multiboot/multiboot.hpp"

#include <span>

namespace kernel::files {

/// Makes the root directory, unpacks into it every module that is a tar archive, and makes the devices; every process
/// created from now on has files. Panics if there is no memory for that.
void initialize(std::span<const multiboot::Module> modules);

} // namespace kernel::files
