// Processes: a program with an address space and a kernel stack, run at privilege level 3 until it ends (chapter 11).
#pragma once

#include "diagnosis/symbols.hpp"
#include "lib/error.hpp"
#include "memory/address_space.hpp"
#include "process/kernel_stack.hpp"
#include "process/wait_status.hpp"
#include "program/program.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kernel {

class Process;

/// The process that has the processor; null while the kernel runs for itself.
extern Process* current_process;

/// Runs `process` until it ends. While it sleeps the processor halts with interrupts on.
WaitStatus run(Process& process);

/// Ends the current process; `run` returns. Its memory is left to whoever owns it.
[[noreturn]] void end_current(WaitStatus status);

/// The current process gives up the processor until `condition`, which is asked after each
/// interrupt, holds. Interrupts that are pending are handled first, also if it holds at once.
void sleep_until(bool (*condition)());

class Process {
public:
    /// A process that will run `file` with `arguments` (its module's string, split into words) from
    /// its first instruction. The program's name is the last path component of the first word.
    /// `symbols`, whose bytes must stay, are for reports of its faults.
    /// Errors as program::load, which has logged the reason. The caller owns the process and ends
    /// it with `delete`, not before it has ended.
    [[nodiscard]] static Result<Process*> create(std::int32_t id, std::span<const std::byte> file,
                                                 std::string_view arguments, SymbolTable symbols);

    [[nodiscard]] std::int32_t id() const { return id_; }
    [[nodiscard]] std::string_view name() const { return {name_, name_length_}; }
    [[nodiscard]] AddressSpace& address_space() { return space_; }
    [[nodiscard]] std::string_view kind() const { return start_.kind; }

    /// The program break: one past the last byte of the memory that brk() has given (chapter 12).
    [[nodiscard]] VirtualAddress program_break() const { return break_; }
    /// Moves the break; new memory is zero. InvalidArgument below the program's end or too near to
    /// the stack, OutOfMemory; then nothing has changed.
    [[nodiscard]] Result<void> set_program_break(VirtualAddress new_break);

    /// Clock ticks that passed while it had the processor.
    [[nodiscard]] std::uint32_t ticks_used() const;

private:
    friend WaitStatus run(Process& process);
    friend void end_current(WaitStatus status);
    friend void sleep_until(bool (*condition)());

    Process(std::int32_t id, std::string_view name, AddressSpace space, KernelStack stack, const program::Start& start,
            SymbolTable symbols);
    void prepare_kernel_stack();

    std::int32_t id_;
    char name_[32];
    std::size_t name_length_;
    AddressSpace space_;
    KernelStack stack_;
    program::Start start_;
    SymbolTable symbols_;
    VirtualAddress break_;
    std::uint32_t saved_esp_ = 0;     // where its kernel stack was left when it last gave up the processor
    bool (*wakes_when_)() = nullptr;  // while it sleeps: what it waits for
    std::uint32_t ticks_used_ = 0;    // up to the last time it gave up the processor
    std::uint32_t running_since_ = 0; // the tick at which it last got it
    std::optional<WaitStatus> ended_;
};

} // namespace kernel
