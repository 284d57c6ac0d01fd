// Fuzz target: whatever bytes the ELF parser accepts can be loaded without harm (chapter 14).
#include "invariant.hpp"
#include "program/elf.hpp"
#include "program/image.hpp"

#include "layout.h"

#include <vector>

namespace {

void parse(std::span<const std::byte> file, kernel::VirtualAddress base) {
    const auto program = kernel::elf::parse(file, base);
    if (!program) {
        INVARIANT(!describe(program.error()).empty(), "a refusal has a sentence");
        return;
    }
    INVARIANT(kernel::image::recognize(file) == kernel::image::Kind::Elf,
              "what the parser accepts is recognized as ELF");

    const auto segments = program->segments();
    INVARIANT(!segments.empty() && segments.size() <= kernel::elf::maximum_segments, "there are 1 to 16 segments");
    std::uint32_t pages = 0;
    std::uint32_t highest = 0;
    std::uint32_t lowest = USER_MEMORY_END;
    bool entry_is_executable = false;
    for (const auto& segment : segments) {
        // In 64 bits, where nothing wraps.
        const std::uint64_t start = segment.start.value();
        const std::uint64_t end = start + segment.size;
        INVARIANT(segment.size > 0, "no segment is empty");
        INVARIANT(start >= PAGE_SIZE, "page 0 stays free");
        INVARIANT(end <= USER_STACK_BOTTOM - PAGE_SIZE, "the stack and a page below it stay free");
        INVARIANT(end == segment.end().value(), "the end does not wrap");
        INVARIANT(segment.contents.size() <= segment.size, "the bytes fit into the memory");
        INVARIANT(segment.contents.size() <= file.size(), "the bytes lie in the file");
        std::vector<std::byte> copy(segment.contents.size());
        segment.contents.copy_to(copy.data()); // AddressSanitizer would see where they do not
        for (const auto& other : segments) {
            INVARIANT(&other == &segment || segment.end_page() <= other.first_page() ||
                          other.end_page() <= segment.first_page(),
                      "no page belongs to two segments");
        }
        pages += (segment.end_page().value() - segment.first_page().value()) / PAGE_SIZE;
        lowest = segment.first_page().value() < lowest ? segment.first_page().value() : lowest;
        highest = segment.end().value() > highest ? segment.end().value() : highest;
        entry_is_executable |=
            segment.executable && program->entry() >= segment.start && program->entry() < segment.end();
    }
    INVARIANT(entry_is_executable, "the entry lies in an executable segment");
    INVARIANT(program->pages() == pages, "the pages are counted right");
    INVARIANT(program->begin().value() == lowest, "the program begins with its lowest segment");
    INVARIANT(program->end().value() == highest, "the program ends with its highest segment");
    std::vector<std::byte> path(program->interpreter().size());
    program->interpreter().copy_to(path.data());
    INVARIANT(path.empty() || base != kernel::VirtualAddress(), "without a base there is no interpreter");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::byte> file = std::as_bytes(std::span(data, size));
    parse(file, {});
    parse(file, kernel::VirtualAddress(POSITION_INDEPENDENT_BASE));
    for (const std::uint32_t address : {0x08048000, POSITION_INDEPENDENT_BASE}) {
        INVARIANT(kernel::elf::find_symbol(file, address).function.size() <= size, "a name lies in the file");
    }
    return 0;
}
