// Processes: a program with an address space and a kernel stack, run at privilege level 3 until it ends (chapter 11).
#pragma once

#include "lib/error.hpp"
#include "lib/list.hpp"
#include "memory/address_space.hpp"
#include "process/extension.hpp"
#include "process/scheduler.hpp"
#include "process/thread.hpp"
#include "process/wait_status.hpp"
#include "program/program.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace kernel {

struct ProcessTableTag;
struct AbandonedTag;

/// Ends the current process and gives its memory back, all but the kernel stack that this runs on.
[[noreturn]] void end_current(WaitStatus status);

class Process : public Thread, public Link<ProcessTableTag>, public Link<AbandonedTag> {
public:
    /// A process without a parent that will run `file` with `arguments` (its module's string, split into words) from its
    /// first instruction. The program's name is the last path component of the first word. The file must stay: reports
    /// of the program's faults read the symbols in it. Errors as program::load, which has logged the reason. The caller owns the process and ends it with `delete`, not
    /// before it has ended.
    [[nodiscard]] static Result<Process*> create(ByteSource file, std::string_view arguments);

    ~Process();

    [[nodiscard]] std::int32_t id() const { return id_; }
    [[nodiscard]] std::string_view name() const { return {name_, name_length_}; }
    /// The memory that it uses: its own, or what it was lent.
    [[nodiscard]] AddressSpace& address_space() { return memory_owner().space_; }
    [[nodiscard]] std::string_view kind() const { return start_.kind; }
    /// One past the program's highest page, where its break begins.
    [[nodiscard]] VirtualAddress program_end() const { return start_.break_begin; }
    /// Where the program found its arguments: at argc.
    [[nodiscard]] VirtualAddress first_stack() const { return start_.stack; }
    /// What its program was loaded from.
    [[nodiscard]] ByteSource file() const { return file_; }

    /// How it ended; nothing while it goes on.
    [[nodiscard]] const std::optional<WaitStatus>& ended() const { return ended_; }

    /// What a later chapter keeps for this process (process/extension.hpp).
    [[nodiscard]] Extension& extension(std::size_t slot) const { return *extensions_[slot]; }

    /// The program break: one past the last byte of the memory that brk() has given (chapter 12).
    [[nodiscard]] VirtualAddress program_break() { return memory_owner().break_; }
    /// Moves the break; new memory is zero. InvalidArgument below the program's end or too near to
    /// the stack, OutOfMemory; then nothing has changed.
    [[nodiscard]] Result<void> set_program_break(VirtualAddress new_break);

    /// A child with copies of the memory, the registers and the extensions, which may run when it is started. OutOfMemory,
    /// TryAgain. (Chapter 16.)
    [[nodiscard]] Result<Process*> fork();

    /// Replaces the program of the current process, whose file must stay. Errors as program::load; then nothing has changed.
    /// (Chapter 16.)
    [[nodiscard]] Result<void> exec(std::string_view name, ByteSource file, const Arguments& arguments);

    // What follows is for chapter 20, in which a process can use the memory of another one, which waits meanwhile.

    /// Whose memory it uses: its own, unless it has borrowed some. A lender may have borrowed it, too.
    [[nodiscard]] Process& memory_owner() {
        Process* owner = this;
        while (owner->lender_ != nullptr) {
            owner = owner->lender_;
        }
        return *owner;
    }
    [[nodiscard]] Process* lender() const { return lender_; }
    /// From now on it uses the memory of `lender`; with null, its own.
    void borrow_memory_of(Process* lender) { lender_ = lender; }
    /// Makes the memory its own that `lender` has owned and lent to it.
    void take_memory_of(Process& lender);
    /// Has its own break be that of the memory that it uses, for a fork to copy.
    void update_break() { break_ = program_break(); }

    /// Has the process end so before it next runs at privilege level 3. If it sleeps, it is woken.
    void kill(WaitStatus status);
    /// How it was killed, while it goes on.
    [[nodiscard]] const std::optional<WaitStatus>& killed() const { return killed_; }

private:
    friend void end_current(WaitStatus status);

    Process(std::string_view name, AddressSpace space, KernelStack stack, const program::Start& start, ByteSource file);

    std::int32_t id_;
    char name_[32];
    std::size_t name_length_;
    AddressSpace space_;
    program::Start start_;
    ByteSource file_;
    VirtualAddress break_;
    Process* lender_ = nullptr; // null: it uses its own memory
    bool has_parent_ = false;   // else the boot stack waits for its end
    std::optional<WaitStatus> killed_;
    std::optional<WaitStatus> ended_;
    std::array<Extension*, process::maximum_extensions> extensions_{};
};

/// The process that has the processor. There must be one: not while the kernel runs for itself.
inline Process& current() {
    return static_cast<Process&>(*scheduler::running);
}

/// Runs `process`, and whatever else can run, until it and all others that there are then have ended. Only for the boot
/// stack.
WaitStatus run(Process& process);

namespace process {

/// The process with this number, also one that has ended and is still to be waited for; null if there is none.
[[nodiscard]] Process* find(std::int32_t id);
/// The one with the lowest number that is `id` or more. (Chapter 18.)
[[nodiscard]] Process* next(std::int32_t id);

/// `function` makes the memory of a fork's child from now on, out of the parent's. At first all pages are copied. Returns what
/// has made it before.
using MemoryForChild = Result<AddressSpace> (*)(AddressSpace& parents);
MemoryForChild set_memory_for_child(MemoryForChild function);

/// `resize` changes the memory between a program's end and its break from now on: from `old_end` to `new_end`, both
/// page-aligned. OutOfMemory; then nothing has changed. At first new pages get their frames at once.
void set_break_memory(Result<void> (*resize)(Process& process, VirtualAddress old_end, VirtualAddress new_end));

/// Leaves an ended process that nothing will wait for to `bury_abandoned`, which deletes it from another stack.
void abandon(Process& process);
void bury_abandoned();

/// Has `process` attend, as the next function does it, before it goes back to privilege level 3, or there for the first time.
void call_attention(Process& process);

/// For the way back to privilege level 3, if the current process's `has_attention` is set: ends it if it has been killed.
void attend(interrupts::Frame& frame);

/// `hook` is what `attend` does then, if the process has not been killed (chapter 18).
void set_attention_hook(void (*hook)(interrupts::Frame& frame));

/// `is_kept` says from now on of a number that no process has whether it still names something else, so that no new process
/// gets it (chapter 16).
void set_kept_numbers(bool (*is_kept)(std::int32_t id));

/// How many processes there are.
[[nodiscard]] std::uint32_t count();

/// The registers with which a program begins.
[[nodiscard]] interrupts::Frame first_frame(const program::Start& start);

} // namespace process

} // namespace kernel
