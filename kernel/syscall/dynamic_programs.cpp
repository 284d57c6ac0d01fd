// Dynamically linked programs: the kernel loads the program and its interpreter, and the interpreter does the rest (chapter 20).
#include "lib/log.hpp"
#include "process/scheduler.hpp"
#include "program/elf_program.hpp"
#include "program/program.hpp"
#include "syscall/program_file.hpp"
#include "syscall/system_call.hpp"

#include "layout.h"

namespace kernel::system_call {

namespace {

/// So far below the program's lowest page its interpreter is loaded, which must be smaller: what is above the program is for its
/// break and mmap. The interpreter of glibc has 0.2 MiB.
constexpr std::uint32_t interpreter_room = 0x400000;
/// Paths of interpreters are shorter.
constexpr std::size_t longest_path = 128;

/// Loads the program with the path that `start` has, and changes `start` so that it is begun.
Result<void> load_interpreter(AddressSpace& space, std::string_view name, program::Start& start) {
    char path[longest_path];
    const std::size_t length = start.interpreter_path.size() - 1; // without its NUL
    if (start.interpreter_path.size() > sizeof(path) || start.begin.value() <= interpreter_room) {
        log::warn("program {}: its interpreter's path is too long, or there is no room for it below the program", name);
        return std::unexpected(Error::BadExecutable);
    }
    start.interpreter_path.copy_to(path);
    const ProgramFile file = TRY(find_program({path, length}));
    const elf::Place place{.base = VirtualAddress(start.begin.value() - interpreter_room), .limit = start.begin};
    const program::Start interpreter = TRY(elf::load(space, {path, length}, bytes_of(file), place));
    start.interpreter = place.base;
    start.own_entry = start.entry;
    start.entry = interpreter.entry;
    start.interpreter_path = {}; // its file is not kept
    return {};
}

Result<program::Start> load(AddressSpace& space, std::string_view name, ByteSource file) {
    // A module of GRUB's: there is no process whose files an interpreter could be in.
    if (scheduler::running == nullptr) {
        return elf::load(space, name, file);
    }
    program::Start start = TRY(elf::load(space, name, file, {.base = VirtualAddress(POSITION_INDEPENDENT_BASE)}));
    if (!start.interpreter_path.empty()) {
        TRY(load_interpreter(space, name, start));
    }
    return start;
}

} // namespace

void enable_dynamic_programs() {
    program::set_elf_loader(load);
}

} // namespace kernel::system_call
