// System calls about other processes: fork, execve, wait, getppid, sched_yield (chapter 16).
#include "diagnosis/symbols.hpp"
#include "memory/user_memory.hpp"
#include "multiboot/multiboot.hpp"
#include "process/family.hpp"
#include "program/arguments.hpp"
#include "syscall/system_call.hpp"

#include "layout.h"

#include <memory>
#include <new>

namespace kernel::system_call {

void enable_family_calls() {
    family::initialize();
}

namespace calls {

namespace {

constexpr std::size_t path_maximum = 256;

/// Files are not there yet: a program is found among the modules that the boot loader brought, by the last part of the path.
Result<std::span<const std::byte>> find_program(std::string_view path) {
    for (const multiboot::Module& module : multiboot::information().modules) {
        if (arguments::program_name(module.string) == arguments::program_name(path)) {
            return std::span(at_physical<const std::byte>(module.memory.begin), module.memory.size());
        }
    }
    return std::unexpected(Error::NoSuchFile);
}

/// The words of argv and of the environment, copied out of the program that is about to go.
class Words {
public:
    /// Appends the strings that the null-terminated array of pointers at `array` names.
    Result<std::uint32_t> append(UserPointer<const std::uint32_t> array) {
        for (std::uint32_t count = 0;; ++count) {
            if (array.is_null()) {
                return count; // as Linux has it: no array is an empty one
            }
            std::uint32_t address = 0;
            TRY(user_memory::copy_in(&address, (array + count).address(), sizeof(address)));
            if (address == 0) {
                return count;
            }
            const auto room = std::span(bytes_).subspan(length_);
            const Result<std::size_t> length = copy_string_from_user(room, UserPointer<const char>(address));
            if (!length) {
                return std::unexpected(length.error() == Error::NameTooLong ? Error::ArgumentsTooBig : length.error());
            }
            length_ += *length + 1;
        }
    }

    [[nodiscard]] std::string_view text() const { return {bytes_, length_}; }

private:
    char bytes_[PAGE_SIZE];
    std::size_t length_ = 0;
};

} // namespace

/// Makes a copy of the process, which goes on as this one does, with 0 as its result. Returns the child's number.
Result<std::uint32_t> fork() {
    const Process* child = TRY(family::fork());
    return static_cast<std::uint32_t>(child->id());
}

/// Replaces the program by the one in the file at `path`, which gets the strings of `arguments` and `environment`; both
/// arrays end with a null pointer. Does not return, unless it fails: then the old program goes on.
Result<std::uint32_t> execve(UserPointer<const char> path, UserPointer<const std::uint32_t> arguments,
                             UserPointer<const std::uint32_t> environment) {
    char name[path_maximum];
    const std::size_t length = TRY(copy_string_from_user(name, path));
    const std::string_view file_name(name, length);
    const auto [file, symbols] = split_symbols(TRY(find_program(file_name)));
    const std::unique_ptr<Words> words(new (std::nothrow) Words);
    if (words == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    const std::uint32_t argument_count = TRY(words->append(arguments));
    TRY(words->append(environment));
    TRY(current().exec(arguments::program_name(file_name), file,
                       Arguments{.words = words->text(), .argument_count = argument_count}, symbols));
    return 0U;
}

/// Waits until the child with the number `id`, or for -1 any child, has ended, and returns its number. `status` gets how it
/// ended, if it is not null. With WNOHANG the result is 0 if none has ended yet.
Result<std::uint32_t> waitpid(int id, UserPointer<std::uint32_t> status, int options) {
    return wait4(id, status, options, UserPointer<char>(0));
}

/// As waitpid. What the child used is not told yet: `usage` must be null.
Result<std::uint32_t> wait4(int id, UserPointer<std::uint32_t> status, int options, UserPointer<char> usage) {
    constexpr int known_options = WNOHANG | WUNTRACED | WCONTINUED | static_cast<int>(0xE0000000);
    if ((options & ~known_options) != 0 || !usage.is_null()) {
        return std::unexpected(Error::InvalidArgument);
    }
    const int any = -1;
    Process* const child = TRY(family::wait(id == 0 ? any : id, // there is only one group of processes yet
                                            (options & WNOHANG) != 0 ? family::Wait::NotAtAll : family::Wait::ForEnd));
    if (child == nullptr) {
        return 0U;
    }
    const auto ended_id = static_cast<std::uint32_t>(child->id());
    const std::uint32_t value = child->ended()->value();
    delete child;
    if (!status.is_null()) {
        TRY(copy_to_user(status, value));
    }
    return ended_id;
}

/// The number of the process's parent; 0 if the kernel itself has started it.
Result<std::uint32_t> getppid() {
    return static_cast<std::uint32_t>(family::parent_of(current()));
}

/// Lets the other processes run that can. Returns 0 when it is this one's turn again.
Result<std::uint32_t> sched_yield() {
    scheduler::yield();
    return 0U;
}

/// As exit: a process has one thread here.
Result<std::uint32_t> exit_group(int status) {
    return exit(status);
}

} // namespace calls

} // namespace kernel::system_call
