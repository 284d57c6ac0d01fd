// System calls that make pipes (chapter 18).
#include "files/pipe.hpp"
#include "files/process_files.hpp"
#include "syscall/system_call.hpp"

#include <array>

namespace kernel::system_call {

void enable_pipes() {}

namespace calls {

/// Makes a pipe: what is written to the second of the two descriptors is read from the first.
Result<std::uint32_t> pipe(UserPointer<std::int32_t> both) {
    return pipe2(both, 0);
}

/// As pipe; `flags` may be O_CLOEXEC and O_NONBLOCK.
Result<std::uint32_t> pipe2(UserPointer<std::int32_t> both, unsigned flags) {
    if ((flags & ~static_cast<unsigned>(O_CLOEXEC | O_NONBLOCK)) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const files::PipeEnds ends = TRY(files::make_pipe(flags & O_NONBLOCK));
    const bool closed_by_exec = (flags & O_CLOEXEC) != 0;
    files::Descriptors& descriptors = files::of(current()).descriptors;
    std::array<std::int32_t, 2> pair{TRY(descriptors.add(ends.reader, closed_by_exec)), -1};
    const Result<int> second = descriptors.add(ends.writer, closed_by_exec);
    pair[1] = second.value_or(-1);
    const Result<void> told = second ? user_memory::copy_out(both.address(), pair.data(), sizeof(pair))
                                     : Result<void>(std::unexpected(second.error()));
    if (!told) {
        for (const std::int32_t descriptor : pair) {
            static_cast<void>(descriptors.close(descriptor)); // -1 is none
        }
        return std::unexpected(told.error());
    }
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
