// Running the programs that the boot loader brought along (chapter 11).
#pragma once

#include "multiboot/multiboot.hpp"
#include "process/wait_status.hpp"

#include <optional>
#include <span>

namespace kernel::process {

/// Runs each module that is a program, one after the other, as process 1, 2, ... and logs how each
/// ended. Modules that are not programs are reported and skipped. Returns how the first process ended;
/// nothing if there was no program.
std::optional<WaitStatus> run_modules(std::span<const multiboot::Module> modules);

} // namespace kernel::process
