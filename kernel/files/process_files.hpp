// What a process has of the file system: its descriptors, its current directory, its mask (chapter 15).
#pragma once

#include "files/descriptors.hpp"
#include "files/running_program.hpp"
#include "files/tree.hpp"
#include "process/extension.hpp"
#include "process/process.hpp"

#include <cstdint>

namespace kernel::files {

class ProcessFiles final : public Extension {
public:
    Descriptors descriptors;
    Reference<Directory> current;
    /// The program that it runs; nothing if that came from GRUB (chapter 16).
    RunningProgram program;
    /// Where its system calls are told, if they are, and whether those of its children are to be (chapter 18).
    Reference<OpenFile> trace;
    bool traces_children = false;
    /// umask(2): permissions that a new file does not get.
    std::uint32_t mask = 022;

    /// Where a relative path begins.
    [[nodiscard]] Base base() const;

    Result<Extension*> clone(Process& parent, Process& child) override;
    void exec(Process& process) override;
    void end(Process& process) override;
};

/// Every process made from now on has files; one without a parent has /dev/console as descriptors 0, 1 and 2. The root
/// and its devices must have been made.
void initialize_processes();

[[nodiscard]] ProcessFiles& of(Process& process);

} // namespace kernel::files
