// Pipes: two open files, of which one reads what the other writes (chapter 18).
#pragma once

#include "files/open_file.hpp"

namespace kernel::files {

struct PipeEnds {
    Reference<OpenFile> reader;
    Reference<OpenFile> writer;
};

/// A new pipe; `flags` may be O_NONBLOCK, for both ends. OutOfMemory.
///
/// A reader of an empty pipe sleeps until something is written; 0 is the end, after the last writer's. A writer sleeps until
/// all of it has found room; BrokenPipe and SIGPIPE after the last reader's end. What is not longer than PIPE_BUF goes in as one
/// piece. With O_NONBLOCK the result is TryAgain, or what could be moved, in place of sleep.
[[nodiscard]] Result<PipeEnds> make_pipe(std::uint32_t flags);

} // namespace kernel::files
