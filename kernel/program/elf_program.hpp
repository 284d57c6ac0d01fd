// ELF programs: loading what elf::parse accepts (chapter 14).
#pragma once

namespace kernel::elf {

/// From now on program::load takes ELF files too.
void enable();

} // namespace kernel::elf
