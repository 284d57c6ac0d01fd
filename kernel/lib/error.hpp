// Failure as a value: the kernel's error codes and Result<T> (chapter 2).
#pragma once

#include "abi/errno.h"

#include <cstdint>
#include <expected>
#include <utility>

namespace kernel {

/// Why something failed. The values are Linux's errno numbers, so a system call returns -value as
/// it is.
enum class Error : std::int32_t {
    NotPermitted = EPERM,
    NoSuchFile = ENOENT,
    NoProcess = ESRCH,
    Interrupted = EINTR,
    InputOutput = EIO,
    NoDeviceAddress = ENXIO,
    ArgumentsTooBig = E2BIG,
    BadExecutable = ENOEXEC,
    BadFileDescriptor = EBADF,
    NoChild = ECHILD,
    TryAgain = EAGAIN,
    OutOfMemory = ENOMEM,
    AccessDenied = EACCES,
    BadAddress = EFAULT,
    Busy = EBUSY,
    Exists = EEXIST,
    CrossDevice = EXDEV,
    NoDevice = ENODEV,
    NotDirectory = ENOTDIR,
    IsDirectory = EISDIR,
    InvalidArgument = EINVAL,
    TooManyOpenFiles = EMFILE,
    NotATerminal = ENOTTY,
    TextFileBusy = ETXTBSY,
    FileTooLarge = EFBIG,
    NoSpace = ENOSPC,
    IllegalSeek = ESPIPE,
    BrokenPipe = EPIPE,
    OutOfRange = ERANGE,
    NameTooLong = ENAMETOOLONG,
    NotImplemented = ENOSYS,
    NotEmpty = ENOTEMPTY,
    TooManyLinks = ELOOP,
    TooLargeForType = EOVERFLOW,
    TimedOut = ETIMEDOUT,
};

/// A T, or the reason why there is none.
template <typename T>
using Result = std::expected<T, Error>;

/// What a Result holds, moved out if the Result is about to go. TRY needs it.
template <typename R>
constexpr auto value_of(R&& result) {
    return *std::forward<R>(result);
}

} // namespace kernel

/// The value of a Result; or, if there is none, the function that says TRY returns its error. (A
/// GNU statement expression: its last statement is its value. That return does not destroy what the
/// same expression has made before: an object with two members that own something is made in two.)
#define TRY(expression)                                                                                                \
    ({                                                                                                                 \
        auto&& tried = (expression);                                                                                   \
        if (!tried) [[unlikely]] {                                                                                     \
            return std::unexpected(tried.error());                                                                     \
        }                                                                                                              \
        ::kernel::value_of(std::forward<decltype(tried)>(tried));                                                      \
    })
