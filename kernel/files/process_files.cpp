// What a process has of the file system: its descriptors, its current directory, its mask (chapter 15).
#include "files/process_files.hpp"

#include "files/root.hpp"
#include "memory/new.hpp"

namespace kernel::files {

namespace {

std::size_t slot;

/// Standard input, output and error are one open file.
Result<void> open_console(ProcessFiles& files) {
    const Reference<Node> console = TRY(find(files.base(), "/dev/console"));
    const Reference<OpenFile> file(TRY(allocate<OpenFile>(console, O_RDWR)));
    for (int descriptor = 0; descriptor < 3; ++descriptor) {
        TRY(files.descriptors.set(descriptor, file, false));
    }
    return {};
}

Result<Extension*> make(Process&) {
    std::unique_ptr<ProcessFiles> files = TRY(allocate<ProcessFiles>());
    files->current = root();
    TRY(open_console(*files));
    return files.release();
}

} // namespace

Base ProcessFiles::base() const {
    return {root(), current};
}

Result<Extension*> ProcessFiles::clone(Process&, Process&) {
    ProcessFiles* const copy = TRY(allocate<ProcessFiles>()).release();
    copy->descriptors.copy_from(descriptors);
    copy->current = current;
    copy->program = program;
    if (traces_children) {
        copy->trace = trace;
        copy->traces_children = true;
    }
    copy->mask = mask;
    return copy;
}

void ProcessFiles::exec(Process&) {
    descriptors.close_for_exec();
}

void ProcessFiles::end(Process&) {
    descriptors.close_all();
    current = {};
    program = {};
    trace = {};
}

void initialize_processes() {
    slot = process::add_extension(make);
}

ProcessFiles& of(Process& process) {
    return static_cast<ProcessFiles&>(process.extension(slot));
}

} // namespace kernel::files
