// System calls that wait for several files at a time: poll, select (chapter 18).
#include "files/process_files.hpp"
#include "files/waiters.hpp"
#include "memory/new.hpp"
#include "process/signals.hpp"
#include "process/timer.hpp"
#include "syscall/system_call.hpp"

#include "abi/files.h"
#include "abi/system.h"
#include "layout.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace kernel::system_call {

namespace {

using files::OpenFile;

/// One file that is waited for. It stays open as long, whatever becomes of the descriptor.
struct Watched {
    Reference<OpenFile> file;
    std::uint32_t wanted = 0; // events, as poll has them: what it waits for, and is told
    std::uint32_t found = 0;
    files::Watch watch; // ends before the file may
};

class WatchedFiles {
public:
    static Result<WatchedFiles> create(std::uint32_t count) {
        WatchedFiles result;
        result.files_ = TRY(allocate<Watched[]>(count));
        result.count_ = count;
        return result;
    }

    Watched& operator[](std::uint32_t index) { return files_[index]; }

    /// Waits until at least one of the files has what is wanted of it, or until `end`; without one as long as it takes. Returns how many
    /// have. Interrupted.
    Result<std::uint32_t> wait(std::optional<std::uint32_t> end) {
        WaitQueue queue;
        for (Watched& one : all()) {
            one.watch.queue = &queue;
            if (files::Waiters* waiters = one.file ? one.file->node().waiters() : nullptr; waiters != nullptr) {
                waiters->add(one.watch);
            }
        }
        std::uint32_t count = look();
        Result<void> slept;
        while (count == 0 && slept && !(end && timer::is_over(*end))) {
            slept = end ? timer::sleep(queue, *end) : scheduler::sleep(queue);
            count = look(); // what has come at the same time as a signal counts
        }
        for (Watched& one : all()) {
            one.watch.unlink(); // the queue ends here
        }
        if (count == 0 && current().has_attention) { // even if there was no time to sleep
            current().sleeps_until = end;
            return std::unexpected(Error::Interrupted);
        }
        current().sleeps_until.reset();
        return count;
    }

private:
    std::span<Watched> all() { return {files_.get(), count_}; }

    std::uint32_t look() {
        std::uint32_t count = 0;
        for (Watched& one : all()) {
            if (one.file) {
                const std::uint32_t ready = one.file->node().ready();
                const std::uint32_t normal = // what is ready is so for data without priority: there is no other
                    ((ready & POLLIN) != 0 ? POLLRDNORM : 0) | ((ready & POLLOUT) != 0 ? POLLWRNORM : 0);
                one.found = (ready | normal) & one.wanted;
            }
            count += one.found != 0 ? 1 : 0;
        }
        return count;
    }

    std::unique_ptr<Watched[]> files_;
    std::uint32_t count_ = 0;
};

Reference<OpenFile> file_of(int descriptor) {
    return Reference<OpenFile>(files::of(current()).descriptors.find(descriptor).value_or(nullptr));
}

constexpr long milliseconds_of_second = 1000;
constexpr long nanoseconds_of_millisecond = 1'000'000;
constexpr long nanoseconds_of_microsecond = 1000;
constexpr long microseconds_of_second = 1'000'000;

// select's sets: a bit for each descriptor.
constexpr std::uint32_t bits = 32;
using FileSet = std::array<std::uint32_t, OPEN_FILES_MAX / bits>;
/// What select's three sets wait for: Linux' POLLIN_SET and its kin.
constexpr std::array<std::uint32_t, 3> events_of_set{POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI};

std::size_t bytes_of_set(std::uint32_t count) {
    return (count + bits - 1) / bits * sizeof(std::uint32_t);
}

} // namespace

void enable_poll() {}

namespace calls {

/// Waits until one of `count` files has what is asked of it, or for so many milliseconds; below 0 as long as it takes. Returns how many
/// have, and puts into each `revents` what.
Result<std::uint32_t> poll(UserPointer<struct pollfd> list, unsigned count, int milliseconds) {
    if (count > OPEN_FILES_MAX) {
        return std::unexpected(Error::InvalidArgument);
    }
    WatchedFiles watched = TRY(WatchedFiles::create(count));
    for (std::uint32_t i = 0; i < count; ++i) {
        struct pollfd asked {};
        TRY(user_memory::copy_in(&asked, (list + i).address(), sizeof(asked)));
        watched[i].wanted = static_cast<std::uint16_t>(asked.events) | POLLERR | POLLHUP; // which are always told
        watched[i].file = file_of(asked.fd);
        watched[i].found = asked.fd >= 0 && !watched[i].file ? POLLNVAL : 0; // a negative one is none, and all is well
    }
    std::optional<std::uint32_t> end;
    if (milliseconds >= 0) {
        end = timer::tick_after(milliseconds / milliseconds_of_second,
                                milliseconds % milliseconds_of_second * nanoseconds_of_millisecond);
    }
    const std::uint32_t ready = TRY(watched.wait(end));
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto found = static_cast<short>(watched[i].found);
        TRY(user_memory::copy_out((list + i).address() + offsetof(struct pollfd, revents), &found, sizeof(found)));
    }
    return ready;
}

/// What _newselect does, until `end`, or without one as long as it takes.
static Result<std::uint32_t> select(int count, const std::array<UserPointer<std::uint32_t>, 3>& given,
                                    std::optional<std::uint32_t> end) {
    if (count < 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::uint32_t files = std::min<std::uint32_t>(static_cast<std::uint32_t>(count), OPEN_FILES_MAX);
    std::array<FileSet, 3> sets{};
    WatchedFiles watched = TRY(WatchedFiles::create(files));
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (!given[i].is_null()) {
            TRY(user_memory::copy_in(sets[i].data(), given[i].address(), bytes_of_set(files)));
        }
        for (std::uint32_t file = 0; file < files; ++file) {
            if ((sets[i][file / bits] >> file % bits & 1) != 0) {
                watched[file].wanted |= events_of_set[i];
            }
        }
    }
    for (std::uint32_t file = 0; file < files; ++file) {
        if (watched[file].wanted != 0) {
            watched[file].file =
                Reference<OpenFile>(TRY(files::of(current()).descriptors.find(static_cast<int>(file))));
        }
    }
    TRY(watched.wait(end));
    std::uint32_t ready = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        FileSet found{};
        for (std::uint32_t file = 0; file < files; ++file) {
            const std::uint32_t bit = sets[i][file / bits] & 1U << file % bits;
            if (bit != 0 && (watched[file].found & events_of_set[i]) != 0) {
                found[file / bits] |= bit;
                ++ready;
            }
        }
        if (!given[i].is_null()) {
            TRY(user_memory::copy_out(given[i].address(), found.data(), bytes_of_set(files)));
        }
    }
    return ready;
}

/// As poll, for the descriptors below `count` that are in the sets to be read, written and looked at for exceptions: those
/// that are ready stay in. EBADF if one is not open. `timeout` gets what is left of it.
Result<std::uint32_t> _newselect(int count, UserPointer<std::uint32_t> reads, UserPointer<std::uint32_t> writes,
                                 UserPointer<std::uint32_t> exceptions, UserPointer<struct timeval32> timeout) {
    std::optional<std::uint32_t> end;
    if (!timeout.is_null()) {
        struct timeval32 time {};
        TRY(user_memory::copy_in(&time, timeout.address(), sizeof(time)));
        if (time.tv_sec < 0 || time.tv_usec < 0) {
            return std::unexpected(Error::InvalidArgument);
        }
        const long more = time.tv_usec / microseconds_of_second; // Linux takes more than a second of them, too
        end = timer::tick_after(time.tv_sec > LONG_MAX - more ? LONG_MAX : time.tv_sec + more,
                                time.tv_usec % microseconds_of_second * nanoseconds_of_microsecond);
    }
    const Result<std::uint32_t> ready = select(count, {reads, writes, exceptions}, end);
    if (end) {
        static_cast<void>(
            copy_to_user(timeout, timer::time_until(*end))); // where it can't be written it stays, as on Linux
    }
    return ready;
}

/// As _newselect, with nanoseconds. `mask` leads to the address and the size of a signal mask, or of none: it holds while the call
/// waits. (Chapter 20.)
Result<std::uint32_t> pselect6(int count, UserPointer<std::uint32_t> reads, UserPointer<std::uint32_t> writes,
                               UserPointer<std::uint32_t> exceptions, UserPointer<timespec32> timeout,
                               UserPointer<const std::uint32_t> mask) {
    std::optional<std::uint32_t> end;
    if (!timeout.is_null()) {
        timespec32 time{};
        TRY(user_memory::copy_in(&time, timeout.address(), sizeof(time)));
        if (time.tv_sec < 0 || time.tv_nsec < 0 ||
            time.tv_nsec >= microseconds_of_second * nanoseconds_of_microsecond) {
            return std::unexpected(Error::InvalidArgument);
        }
        end = timer::tick_after(time.tv_sec, time.tv_nsec);
    }
    std::uint32_t address_and_size[2]{};
    if (!mask.is_null()) {
        TRY(user_memory::copy_in(address_and_size, mask.address(), sizeof(address_and_size)));
    }
    if (const auto [address, size] = address_and_size; address != 0) {
        signals::Set blocked = 0;
        if (size != sizeof(blocked)) {
            return std::unexpected(Error::InvalidArgument);
        }
        TRY(user_memory::copy_in(&blocked, address, sizeof(blocked)));
        signals::lend_mask(blocked);
    }
    const Result<std::uint32_t> ready = select(count, {reads, writes, exceptions}, end);
    if (ready != std::unexpected(Error::Interrupted)) {
        signals::take_mask_back(); // else a handler runs first
    }
    if (end) {
        const auto [seconds, microseconds] = timer::time_until(*end);
        const timespec32 left{.tv_sec = seconds, .tv_nsec = microseconds * nanoseconds_of_microsecond};
        static_cast<void>(copy_to_user(timeout, left));
    }
    return ready;
}

} // namespace calls

} // namespace kernel::system_call
