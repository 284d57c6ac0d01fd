// ELF programs: loading what elf::parse accepts (chapter 14).
#include "program/elf_program.hpp"

#include "lib/log.hpp"
#include "program/elf.hpp"
#include "program/program.hpp"

namespace kernel::elf {

namespace {

Result<program::Start> load(AddressSpace& space, std::string_view name, std::span<const std::byte> file) {
    const auto executable = parse(file);
    if (!executable) {
        log::warn("program {}: not a valid ELF program: {}", name, describe(executable.error()));
        return std::unexpected(Error::BadExecutable);
    }
    for (const Segment& segment : executable->segments()) {
        if (const Result<void> loaded = program::load_segment(space, segment); !loaded) {
            return std::unexpected(loaded.error());
        }
    }
    return program::Start{.kind = "ELF", .entry = executable->entry(), .stack = {}, .break_begin = executable->end()};
}

} // namespace

void enable() {
    program::set_elf_loader(load);
}

} // namespace kernel::elf
