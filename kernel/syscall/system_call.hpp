// System calls: the way of a program into the kernel, by `int 0x80` (chapter 12).
#pragma once

#include "cpu/interrupts.hpp"
#include "lib/address.hpp"
#include "lib/error.hpp"
#include "memory/user_memory.hpp"

#include "abi/system.h"

#include <cstddef>
#include <cstdint>

// Of the calls on files (chapter 15), which put there what they tell.
struct iovec;
struct stat64;
// Of the calls on signals (chapter 18).
struct kernel_sigaction;
struct old_sigaction;
struct stack32;
// Of those on files and time (chapter 18).
struct pollfd;
struct timeval32;
struct itimerval32;
// Of those that real programs make (chapter 20).
struct rlimit32;
struct rlimit64;
struct statfs64;
struct statx;
struct timespec64;
struct user_desc;

namespace kernel::system_call {

/// From now on `int 0x80` is dispatched through the table that abi/system_calls.def describes. The
/// number is in eax, the arguments in ebx, ecx, edx, esi, edi, ebp; the result goes to eax, an
/// error as -errno. An unknown number is -ENOSYS.
void initialize();

/// What read and write are about: descriptors 0 to 2, which are the console, until chapter 15 brings files.
struct DescriptorCalls {
    Result<std::uint32_t> (*read)(int descriptor, UserPointer<char> buffer, std::size_t size);
    Result<std::uint32_t> (*write)(int descriptor, UserPointer<const char> buffer, std::size_t size);
};
void set_descriptor_calls(const DescriptorCalls& calls);

/// One function per line of abi/system_calls.def, with its name and its parameters.
namespace calls {
using std::size_t;
#define FIRST_CALLS_ONLY
#define SYSTEM_CALL(number, name, ...) Result<std::uint32_t> name(__VA_ARGS__);
#include "abi/system_calls.def"
#undef SYSTEM_CALL
#undef FIRST_CALLS_ONLY

// A kernel need not have these: a weak symbol that is not defined has the address 0, and pulls nothing out of an archive.
#define LATER_CALLS_ONLY
#define SYSTEM_CALL(number, name, ...) [[gnu::weak]] Result<std::uint32_t> name(__VA_ARGS__);
#include "abi/system_calls.def"
#undef SYSTEM_CALL
#undef LATER_CALLS_ONLY
} // namespace calls

/// Processes have parents and children from now on, and the calls for that (chapter 16). Before the first process is made.
void enable_family_calls();
/// Does nothing but to be called: so the linker takes execve out of the archive, which is weak in the table.
void enable_execve();

/// The clock's ticks end the turns of programs from now on, and programs can sleep (chapter 17).
void enable_time_calls();

/// Processes get signals from now on, and are in groups and sessions (chapter 18). Before the first process is made.
void enable_signals();
/// What is typed goes through the terminal from now on, which is /dev/console and /dev/tty (chapter 18).
void enable_terminal();
/// The kernel's log is kept from now on, for syslog (chapter 18).
void enable_log_calls();
/// As enable_execve: processes can be joined by pipes, wait for several files at a time, and be traced (chapter 18).
void enable_pipes();
void enable_poll();
void enable_trace_calls();
/// From now on each system call goes to `trace`, which makes it by `call(frame)`.
void trace_calls(void (*trace)(interrupts::Frame& frame, void (*call)(interrupts::Frame& frame)));

/// A program gets its memory when it touches it, and can ask for more (chapter 19). Before the first process is made.
void enable_memory_calls();

/// Programs that were made for Linux find what they need from now on (chapter 20). Before the first process is made.
void enable_linux_calls();
void enable_linux_file_calls();
void enable_clone_calls();
void enable_dynamic_programs();
void enable_clock_calls();
/// Does nothing but to be called: so the linker takes the names of calls that are missing out of the archive.
void enable_call_names();
/// An unknown call is logged with the name that `name` has for its number; null if there is none.
void set_call_names(const char* (*name)(std::uint32_t number));

} // namespace kernel::system_call
