// ELF programs: loading what elf::parse accepts (chapter 14).
#include "program/elf_program.hpp"

#include "lib/log.hpp"
#include "memory/frames.hpp"
#include "program/elf.hpp"
#include "program/program.hpp"

#include <numeric>

namespace kernel::elf {

namespace {

/// Whether there is memory for it. What there is not enough for is refused at once, not after all memory has been zeroed.
bool fits_memory(const Executable& executable) {
    const auto add = [](std::uint32_t sum, const Segment& segment) { return sum + program::frames_needed(segment); };
    const std::span<const Segment> segments = executable.segments();
    const std::uint32_t free = frames::free_count();
    // Each page is looked at only if that may change the answer.
    return executable.pages() <= free || std::accumulate(segments.begin(), segments.end(), 0U, add) <= free;
}

} // namespace

Result<program::Start> load(AddressSpace& space, std::string_view name, ByteSource file, const Place& place) {
    const auto executable = parse(file, place.base);
    if (!executable) {
        log::warn("program {}: not a valid ELF program: {}", name, describe(executable.error()));
        return std::unexpected(Error::BadExecutable);
    }
    if (executable->end() > place.limit) {
        log::warn("program {}: reaches to {}, and has room up to {}", name, executable->end(), place.limit);
        return std::unexpected(Error::BadExecutable);
    }
    if (!fits_memory(*executable)) {
        return std::unexpected(Error::OutOfMemory);
    }
    for (const Segment& segment : executable->segments()) {
        TRY(program::load_segment(space, segment));
    }
    // On a page of its own: the highest segment may be read-only.
    return program::Start{.kind = "ELF",
                          .entry = executable->entry(),
                          .stack = {},
                          .break_begin = VirtualAddress(page_round_up(executable->end().value())),
                          .headers = executable->headers(),
                          .header_count = executable->header_count(),
                          .begin = executable->begin(),
                          .interpreter_path = executable->interpreter()};
}

Result<program::Start> load(AddressSpace& space, std::string_view name, ByteSource file) {
    return load(space, name, file, Place());
}

void enable() {
    program::set_elf_loader(load);
    program::find_elf_symbols_by(find_symbol);
}

} // namespace kernel::elf
