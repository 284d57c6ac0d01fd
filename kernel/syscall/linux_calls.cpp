// System calls that the C libraries of real programs make at their start: who am I, what may I have, where are my thread's
// variables (chapter 20).
#include "cpu/registers.hpp"
#include "files/random_device.hpp"
#include "files/user_transfer.hpp"
#include "lib/random.hpp"
#include "memory/user_memory.hpp"
#include "process/process.hpp"
#include "process/thread_storage.hpp"
#include "program/auxiliary_vector.hpp"
#include "program/large_stack.hpp"
#include "syscall/system_call.hpp"

#include "abi/linux.h"
#include "layout.h"

#include <algorithm>
#include <array>

namespace kernel::system_call {

void enable_linux_calls() {
    random::stir(cpu::read_time_stamp());
    program::enable_auxiliary_vector();
    program::enable_large_stack();
    thread_storage::enable();
    enable_linux_file_calls();
    files::make_random_devices();
    enable_clone_calls();
    enable_dynamic_programs();
    enable_clock_calls();
    enable_call_names();
}

namespace calls {

namespace {

constexpr std::uint32_t unlimited = 0xFFFF'FFFF;

// Limits are what the kernel was built with: they can be asked for, and no process can change them.
Result<std::uint32_t> limit_of(unsigned resource) {
    if (resource >= RLIM_COUNT) {
        return std::unexpected(Error::InvalidArgument);
    }
    return resource == RLIMIT_STACK ? USER_STACK_LIMIT : resource == RLIMIT_NOFILE ? OPEN_FILES_MAX : unlimited;
}

} // namespace

/// There is one user, number 0, and one group, number 0.
Result<std::uint32_t> getuid() {
    return 0U;
}

/// The number of the group: 0.
Result<std::uint32_t> getgid() {
    return 0U;
}

/// The number of the user as whom the program acts: 0.
Result<std::uint32_t> geteuid() {
    return 0U;
}

/// The number of the group as which the program acts: 0.
Result<std::uint32_t> getegid() {
    return 0U;
}

/// As getuid, which had 16 bits once.
Result<std::uint32_t> getuid32() {
    return getuid();
}

/// As getgid.
Result<std::uint32_t> getgid32() {
    return getgid();
}

/// As geteuid.
Result<std::uint32_t> geteuid32() {
    return geteuid();
}

/// As getegid.
Result<std::uint32_t> getegid32() {
    return getegid();
}

/// The thread's number: a process has one thread here, with the process's number.
Result<std::uint32_t> gettid() {
    return getpid();
}

/// Gives the process a segment for its thread-local variables: writable data, anywhere. Its entry's number, which is 6, is
/// put into the structure. ESRCH if it has one and asks for another.
Result<std::uint32_t> set_thread_area(UserPointer<struct user_desc> segment) {
    constexpr unsigned entry = THREAD_SEGMENT / sizeof(gdt::Descriptor);
    constexpr unsigned any = 0xFFFF'FFFF;
    user_desc wanted{};
    TRY(user_memory::copy_in(&wanted, segment.address(), sizeof(wanted)));
    // Whatever is loaded into a segment register must stay good: so no segment that is read-only, or not there.
    if ((wanted.flags & ~unsigned{USER_DESC_PAGES | USER_DESC_USEABLE}) != USER_DESC_32BIT ||
        (wanted.entry_number != entry && wanted.entry_number != any)) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (wanted.entry_number == any) {
        if (thread_storage::is_in_use()) {
            return std::unexpected(Error::NoProcess);
        }
        wanted.entry_number = entry;
        TRY(copy_to_user(segment, wanted));
    }
    thread_storage::set(gdt::Descriptor::thread(wanted.base_addr, wanted.limit, (wanted.flags & USER_DESC_PAGES) != 0));
    return 0U;
}

/// The thread's number. The word at `address` would be cleared when the thread ends for other threads, which there are not.
Result<std::uint32_t> set_tid_address(unsigned /*address*/) {
    return gettid();
}

/// How much of something the process may have.
Result<std::uint32_t> ugetrlimit(unsigned resource, UserPointer<struct rlimit32> limits) {
    const std::uint32_t limit = TRY(limit_of(resource));
    TRY(copy_to_user(limits, rlimit32{.rlim_cur = limit, .rlim_max = limit}));
    return 0U;
}

/// As ugetrlimit, with 64 bits, and for any process; 0 is the caller. To set a limit is EPERM.
Result<std::uint32_t> prlimit64(int id, unsigned resource, UserPointer<const struct rlimit64> wanted,
                                UserPointer<struct rlimit64> old) {
    const std::uint32_t limit = TRY(limit_of(resource));
    if (id != 0 && process::find(id) == nullptr) {
        return std::unexpected(Error::NoProcess);
    }
    if (!wanted.is_null()) {
        return std::unexpected(Error::NotPermitted);
    }
    if (!old.is_null()) {
        const std::uint32_t high = limit == unlimited ? unlimited : 0;
        TRY(copy_to_user(old, rlimit64{.cur_low = limit, .cur_high = high, .max_low = limit, .max_high = high}));
    }
    return 0U;
}

/// As nanosleep, by any of the clocks; not until a time (TIMER_ABSTIME), which is EINVAL.
Result<std::uint32_t> clock_nanosleep(int clock, unsigned flags, UserPointer<const timespec32> duration,
                                      UserPointer<timespec32> rest) {
    return clock < 0 || clock > CLOCK_LAST || flags != 0 ? std::unexpected(Error::InvalidArgument)
                                                         : nanosleep(duration, rest);
}

/// Which processors the process may run on: a bit for each. There is one. Returns how many bytes that took.
Result<std::uint32_t> sched_getaffinity(int id, size_t size, UserPointer<std::uint32_t> processors) {
    if (id != 0 && process::find(id) == nullptr) {
        return std::unexpected(Error::NoProcess);
    }
    if (size < sizeof(std::uint32_t) || size % sizeof(std::uint32_t) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    TRY(copy_to_user(processors, std::uint32_t{1}));
    return sizeof(std::uint32_t);
}

/// Fills `buffer` with random bytes, which are not good enough for keys. Returns how many: of a large buffer a part.
Result<std::uint32_t> getrandom(UserPointer<char> buffer, size_t size, unsigned flags) {
    if ((flags & ~unsigned{GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE}) != 0 ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE)) {
        return std::unexpected(Error::InvalidArgument);
    }
    files::UserTransfer to(UserPointer<const char>(buffer.address()), size);
    return files::read_random(to);
}

} // namespace calls

} // namespace kernel::system_call
