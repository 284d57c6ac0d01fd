// Failure as a value: the kernel's error codes and Result<T> (chapter 2).
#pragma once

#include "abi/errno.h"

#include <cstdint>
#include <expected>

namespace kernel {

/// Why something failed. The values are Linux's errno numbers, so a system call returns -value as
/// it is.
enum class Error : std::int32_t {
    NotPermitted = EPERM,
    NoSuchFile = ENOENT,
    Interrupted = EINTR,
    InputOutput = EIO,
    ArgumentsTooBig = E2BIG,
    BadExecutable = ENOEXEC,
    BadFileDescriptor = EBADF,
    NoChild = ECHILD,
    TryAgain = EAGAIN,
    OutOfMemory = ENOMEM,
    BadAddress = EFAULT,
    Exists = EEXIST,
    InvalidArgument = EINVAL,
    NotImplemented = ENOSYS,
};

/// A T, or the reason why there is none.
template <typename T>
using Result = std::expected<T, Error>;

} // namespace kernel
