// System calls about the terminal: ioctl (chapter 18).
#include "files/process_files.hpp"
#include "files/terminal.hpp"
#include "syscall/system_call.hpp"

namespace kernel::system_call {

void enable_terminal() {
    files::enable_terminal();
}

namespace calls {

/// Asks or changes what a terminal has: settings, size, foreground group, what can be read (which pipes tell, too). The
/// requests are in `abi/terminal.h`. `-ENOTTY` for what is not a terminal.
Result<std::uint32_t> ioctl(int descriptor, unsigned request, unsigned argument) {
    files::OpenFile* const found = TRY(files::of(current()).descriptors.find(descriptor));
    const Reference<files::OpenFile> file(found); // the call may sleep
    return file->node().control(request, argument);
}

} // namespace calls

} // namespace kernel::system_call
