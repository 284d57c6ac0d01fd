// What a process has of the file system: its descriptors, its current directory, its mask (chapter 15).
#include "files/process_files.hpp"

#include "files/root.hpp"

#include <new>

namespace kernel::files {

namespace {

std::size_t slot;

/// Standard input, output and error are one open file.
Result<void> open_console(ProcessFiles& files) {
    const Reference<Node> console = TRY(find(files.base(), "/dev/console"));
    const Reference<OpenFile> file(new (std::nothrow) OpenFile(console, O_RDWR));
    if (!file) {
        return std::unexpected(Error::OutOfMemory);
    }
    for (int descriptor = 0; descriptor < 3; ++descriptor) {
        TRY(files.descriptors.set(descriptor, file, false));
    }
    return {};
}

Result<Extension*> make(Process&) {
    auto* files = new (std::nothrow) ProcessFiles;
    if (files == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    files->current = root();
    if (const Result<void> opened = open_console(*files); !opened) {
        delete files;
        return std::unexpected(opened.error());
    }
    return files;
}

} // namespace

Base ProcessFiles::base() const {
    return {root(), current};
}

Result<Extension*> ProcessFiles::clone(Process&, Process&) {
    auto* copy = new (std::nothrow) ProcessFiles;
    if (copy == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
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
