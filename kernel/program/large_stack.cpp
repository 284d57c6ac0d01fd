// Arguments that do not fit into a page: as many as programs of others count on (chapter 20).
#include "program/large_stack.hpp"

#include "memory/frames.hpp"
#include "memory/new.hpp"
#include "program/program.hpp"

#include "layout.h"

#include <cstring>

namespace kernel::program {

namespace {

constexpr std::size_t room = 128 * 1024; // ARG_MAX in Linux's limits.h
/// An empty word takes one byte, and four for the pointer to it.
constexpr std::size_t block_size = 5 * room + PAGE_SIZE;

/// Makes the stack's end on the heap, and copies it to the page that the stack has, and to more below it.
Result<VirtualAddress> write(AddressSpace& space, const Arguments& arguments, const arguments::Additions& more) {
    const std::unique_ptr<std::byte[]> block = TRY(allocate<std::byte[]>(block_size));
    std::memset(block.get(), 0, block_size);
    const VirtualAddress esp = TRY(arguments::write_initial_stack(arguments, {block.get(), block_size}, more));
    const std::byte* bytes = block.get() + block_size;
    for (VirtualAddress end(KERNEL_BASE); end > esp; end = VirtualAddress(end.value() - PAGE_SIZE)) {
        const VirtualAddress page(end.value() - PAGE_SIZE);
        if (!space.has_frame(page)) {
            frames::Owner frame = TRY(frames::allocate());
            TRY(space.map(page, frame, Access::Writable));
        } else if (page.value() < USER_STACK_BOTTOM) { // the program's file wants memory there
            return std::unexpected(Error::ArgumentsTooBig);
        }
        bytes -= PAGE_SIZE;
        std::memcpy(at_physical<std::byte>(space.first_page(page)->frame), bytes, PAGE_SIZE);
    }
    return esp;
}

} // namespace

void enable_large_stack() {
    set_large_stack({.room = room, .write = write});
}

} // namespace kernel::program
