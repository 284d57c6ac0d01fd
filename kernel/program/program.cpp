// Programs: loading flat binaries, and the stack that every program gets (chapter 11).
#include "program/program.hpp"

#include "lib/log.hpp"
#include "memory/frames.hpp"
#include "program/arguments.hpp"
#include "program/image.hpp"

#include "layout.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace kernel::program {

namespace {

/// Below the user stack a page stays unmapped, so that running over its end faults.
static_assert(USER_MEMORY_END == USER_STACK_BOTTOM - PAGE_SIZE);

Loader elf_loader = nullptr;
Result<void> (*share_page)(AddressSpace& space, VirtualAddress page, const std::byte* contents) = nullptr;
SymbolTable::Place (*find_elf_symbol)(ByteSource file, std::uint32_t address) = nullptr;
VirtualAddress stack_begin(USER_STACK_BOTTOM);
LargeStack large_stack{};
arguments::Additions (*more_for_stack)(const Start& start) = nullptr;

/// Maps a fresh frame at `page`. The caller fills it: its contents are undefined.
Result<std::byte*> map_new_page(AddressSpace& space, VirtualAddress page, Access access) {
    frames::Owner frame = TRY(frames::allocate());
    auto* const bytes = at_physical<std::byte>(frame.frame());
    TRY(space.map(page, frame, access));
    return bytes;
}

/// A flat binary is one writable segment at FLAT_BASE: code, constants, data and .bss in one piece.
Result<Start> load_flat(AddressSpace& space, std::string_view name, ByteSource file) {
    file = split_symbols(file).file;
    if (file.size() > USER_MEMORY_END - FLAT_BASE) {
        log::warn("program {}: {} bytes do not fit below the stack", name, file.size());
        return std::unexpected(Error::BadExecutable);
    }
    const Segment segment{.start = VirtualAddress(FLAT_BASE),
                          .size = static_cast<std::uint32_t>(file.size()),
                          .contents = file,
                          .writable = true,
                          .executable = true};
    TRY(load_segment(space, segment));
    return Start{.kind = "flat", .entry = segment.start, .stack = {}, .break_begin = segment.end_page()};
}

/// Maps the user stack and writes the arguments to its end. Returns the first esp.
template <typename ProgramArguments>
Result<VirtualAddress> load_stack(AddressSpace& space, const Start& start, const ProgramArguments& arguments) {
    std::byte* last_page = nullptr;
    for (VirtualAddress page = stack_begin; page.value() < KERNEL_BASE; page = page + PAGE_SIZE) {
        last_page = TRY(map_new_page(space, page, Access::Writable));
        std::memset(last_page, 0, PAGE_SIZE);
    }
    const arguments::Additions more = more_for_stack != nullptr ? more_for_stack(start) : arguments::Additions();
    const Result<VirtualAddress> esp = arguments::write_initial_stack(arguments, std::span(last_page, PAGE_SIZE), more);
    if constexpr (std::is_same_v<ProgramArguments, Arguments>) {
        if (!esp && large_stack.write != nullptr) {
            return large_stack.write(space, arguments, more);
        }
    }
    return esp;
}

Result<Start> load_file(AddressSpace& space, std::string_view name, ByteSource file) {
    switch (image::recognize(file)) {
    case image::Kind::Elf:
        if (elf_loader != nullptr) {
            return elf_loader(space, name, file);
        }
        log::warn("program {}: there is no loader for ELF files", name);
        break;
    case image::Kind::Flat:
        return load_flat(space, name, file);
    case image::Kind::Empty:
        log::warn("program {}: the file is empty", name);
        break;
    case image::Kind::Tar:
        log::warn("program {}: a tar archive is not a program", name);
        break;
    case image::Kind::Text:
        log::warn("program {}: a text is not a program", name);
        break;
    }
    return std::unexpected(Error::BadExecutable);
}

} // namespace

Result<void> load_segment(AddressSpace& space, const Segment& segment) {
    const Access access = segment.writable ? Access::Writable : Access::ReadOnly;
    ByteSource left = segment.contents;
    std::uint32_t offset = segment.start.value() % PAGE_SIZE; // of the contents within the first page
    for (VirtualAddress page = segment.first_page(); page != segment.end_page(); page = page + PAGE_SIZE) {
        const std::byte* const in_frame = segment.writable || offset != 0 ? nullptr : left.first_page();
        if (in_frame != nullptr && share_page != nullptr) {
            TRY(share_page(space, page, in_frame));
            left = left.subspan(PAGE_SIZE);
            continue;
        }
        std::byte* bytes = TRY(map_new_page(space, page, access));
        const std::size_t copied = std::min<std::size_t>(left.size(), PAGE_SIZE - offset);
        std::memset(bytes, 0, offset);
        left.first(copied).copy_to(bytes + offset);
        std::memset(bytes + offset + copied, 0, PAGE_SIZE - offset - copied);
        left = left.subspan(copied);
        offset = 0;
    }
    return {};
}

std::uint32_t frames_needed(const Segment& segment) {
    std::uint32_t count = (segment.end_page().value() - segment.first_page().value()) / PAGE_SIZE;
    if (segment.writable || share_page == nullptr) {
        return count;
    }
    const std::size_t to_next_page = page_round_up(segment.start.value()) - segment.start.value();
    ByteSource left = segment.contents.subspan(std::min(to_next_page, segment.contents.size()));
    for (; left.size() >= PAGE_SIZE; left = left.subspan(PAGE_SIZE)) {
        count -= left.first_page() != nullptr;
    }
    return count;
}

void share_pages_by(Result<void> (*share)(AddressSpace& space, VirtualAddress page, const std::byte* contents)) {
    share_page = share;
}

void set_elf_loader(Loader loader) {
    elf_loader = loader;
}

void find_elf_symbols_by(SymbolTable::Place (*find)(ByteSource file, std::uint32_t address)) {
    find_elf_symbol = find;
}

SymbolTable::Place find_symbol(ByteSource file, std::uint32_t address) {
    const SymbolTable table = split_symbols(file).symbols;
    return table.is_empty() && find_elf_symbol != nullptr ? find_elf_symbol(file, address) : table.find(address);
}

void load_last_stack_page_only() {
    stack_begin = VirtualAddress(KERNEL_BASE - PAGE_SIZE);
}

std::size_t argument_room() {
    return large_stack.write != nullptr ? large_stack.room : PAGE_SIZE;
}

void set_large_stack(const LargeStack& large) {
    large_stack = large;
}

void add_to_stack(arguments::Additions (*more)(const Start& start)) {
    more_for_stack = more;
}

template <typename ProgramArguments>
static Result<Start> load_with(AddressSpace& space, std::string_view name, ByteSource file,
                               const ProgramArguments& arguments) {
    Result<Start> start = load_file(space, name, file);
    if (!start) {
        if (start.error() == Error::OutOfMemory) {
            log::warn("program {}: not enough memory for its {} bytes", name, file.size());
        }
        return start;
    }
    const Result<VirtualAddress> stack = load_stack(space, *start, arguments);
    if (!stack) {
        log::warn("program {}: {}", name,
                  stack.error() == Error::ArgumentsTooBig ? "its arguments do not fit onto its stack"
                                                          : "not enough memory for its stack");
        return std::unexpected(stack.error());
    }
    start->stack = *stack;
    return start;
}

Result<Start> load(AddressSpace& space, std::string_view name, ByteSource file, std::string_view arguments) {
    return load_with(space, name, file, arguments);
}

Result<Start> load(AddressSpace& space, std::string_view name, ByteSource file, const Arguments& arguments) {
    return load_with(space, name, file, arguments);
}

} // namespace kernel::program
