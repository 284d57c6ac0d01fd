// Arguments: from a module's string to the argc and argv a program finds on its stack (chapter 11).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kernel {

/// What a program is given when another one starts it (chapter 16).
struct Arguments {
    std::string_view words;       ///< those of argv, then those of the environment; each ends with a NUL
    std::uint32_t argument_count; ///< how many are argv's
};

} // namespace kernel

namespace kernel::arguments {

// How a string becomes words: blanks (space and all control characters) separate words; between
// two double quotes they do not; a backslash makes the next character an ordinary one. GRUB quotes
// and escapes in just this way when it hands over the words of a `module` line. "" is an empty
// word. A quote that is not closed reaches to the end.

/// What messages call the program: the first word, as written, after its last '/'.
/// "unnamed" if there is none. A part of `text`, or a literal.
[[nodiscard]] std::string_view program_name(std::string_view text);

/// What else is put on the stack (chapter 20).
struct Additions {
    std::span<const std::uint32_t> auxiliary; ///< entries of the auxiliary vector, two words each
    std::span<const std::byte> bytes; ///< at the stack's very end: their address is KERNEL_BASE minus their number
};

/// Writes what the System V ABI for i386 wants a program to find on its stack: argc, the argv
/// pointers, NULL, no environment (NULL), the auxiliary vector (AT_PAGESZ, AT_NULL), the strings.
/// `stack_top` is the kernel's view of the last bytes of the user stack: its end is
/// KERNEL_BASE. It must not be larger than the user stack. Bytes below the block stay as they are.
/// Returns the program's first esp, a multiple of 16 that points at argc, or
/// Error::ArgumentsTooBig if the block is larger than `stack_top` (which then is unchanged).
[[nodiscard]] Result<VirtualAddress> write_initial_stack(std::string_view text, std::span<std::byte> stack_top,
                                                         const Additions& more = {});

/// The same with words that have been split already, an environment, and more.
[[nodiscard]] Result<VirtualAddress> write_initial_stack(const Arguments& arguments, std::span<std::byte> stack_top,
                                                         const Additions& more = {});

} // namespace kernel::arguments
