// Extensions: what later chapters hang on a process, which does not know them (chapter 11).
#pragma once

#include "lib/error.hpp"

#include <cstddef>

namespace kernel {

class Process;

/// What one layer keeps for one process: its open files, for instance. The layer derives a class, registers how one is
/// made for a process that has no parent, and gets a slot of `Process::extension` for it:
///
///     class Descriptors : public Extension { ... };
///     std::size_t slot;
///     void files::initialize() { slot = process::add_extension(make_descriptors); }
///     Descriptors& files::of(Process& process) { return static_cast<Descriptors&>(process.extension(slot)); }
class Extension {
public:
    Extension() = default;
    Extension(const Extension&) = delete;
    Extension& operator=(const Extension&) = delete;
    /// When the process is no more: the parent has asked how it ended.
    virtual ~Extension() = default;

    /// For fork: what the child, which is made of `parent`, gets. What fails here makes the fork fail.
    [[nodiscard]] virtual Result<Extension*> clone(Process& parent, Process& child) = 0;

    /// The process has begun another program. Can't fail: the old one is gone.
    virtual void exec(Process& /*process*/) {}

    /// The process has ended, though its number and its status stay until the parent has asked: gives back all that is of
    /// use to others. It runs on the process's kernel stack, and must not sleep.
    virtual void end(Process& /*process*/) {}
};

namespace process {

inline constexpr std::size_t maximum_extensions = 8;

/// Makes the extension of a process that is not the child of another.
using MakeExtension = Result<Extension*> (*)(Process& process);

/// Every process made from now on has such an extension. Returns its slot.
[[nodiscard]] std::size_t add_extension(MakeExtension make);

} // namespace process

} // namespace kernel
