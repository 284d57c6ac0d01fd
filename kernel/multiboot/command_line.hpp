// The kernel's command line: its words turned into options (chapter 7).
#pragma once

#include "lib/log.hpp"

#include <string_view>

namespace kernel::multiboot {

/// What the command line can ask for, with what holds if it does not.
struct Options {
    log::Level log_level = log::Level::Info; ///< log=debug|info|warn|error
    bool power_off = false;                  ///< poweroff: switch the machine off when all modules' programs have ended
};

/// Reads words separated by blanks. An unknown word, an unknown value and a word given for the
/// second time are each reported with a warning and ignored. The first word may be the kernel's own
/// file name (it has a '/' in it or ends in ".elf"): QEMU puts it there, GRUB does not.
[[nodiscard]] Options parse_command_line(std::string_view line);

} // namespace kernel::multiboot
