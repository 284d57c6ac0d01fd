// System calls that make a process in the forms that C libraries use: clone, vfork (chapter 20).
#include "memory/user_memory.hpp"
#include "process/family.hpp"
#include "process/memory_loan.hpp"
#include "syscall/system_call.hpp"

#include "abi/linux.h"

#include <cstring>

namespace kernel::system_call {

namespace {

/// Writes a word that is aligned into the memory of a child that has not run yet; the parent's page for it has a frame. A
/// child that can't have a page of its own for it ends as if it had touched the page itself.
void put_into_child(Process& child, VirtualAddress address, std::uint32_t word) {
    AddressSpace& space = child.address_space();
    if (!space.own(address)) {
        child.kill(WaitStatus::killed_by(SIGKILL));
        return;
    }
    const auto page = space.first_page(VirtualAddress(page_round_down(address.value())));
    std::memcpy(at_physical<std::byte>(page->frame) + address.value() % PAGE_SIZE, &word, sizeof(word));
}

} // namespace

void enable_clone_calls() {
    memory_loan::enable();
}

namespace calls {

/// As fork, with a stack of its own for the child if `stack` is not 0. The child's number goes to `parents` in the parent's
/// memory (CLONE_PARENT_SETTID) and to `childs` in the child's (CLONE_CHILD_SETTID). There are no threads: CLONE_VM needs
/// CLONE_VFORK, as that needs CLONE_VM, and both together are what vfork does; other flags that share are EINVAL.
Result<std::uint32_t> clone(unsigned flags, unsigned stack, UserPointer<std::int32_t> parents, unsigned /*unused*/,
                            UserPointer<std::int32_t> childs) {
    constexpr unsigned known = CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID;
    const bool lends_memory = (flags & CLONE_VM) != 0;
    if ((flags & ~known) != SIGCHLD || lends_memory != ((flags & CLONE_VFORK) != 0) ||
        (lends_memory && (flags & CLONE_CHILD_CLEARTID) != 0) ||
        ((flags & CLONE_CHILD_SETTID) != 0 && childs.address() % sizeof(std::uint32_t) != 0)) {
        return std::unexpected(Error::InvalidArgument);
    }
    if ((flags & CLONE_CHILD_SETTID) != 0) { // the page gets a frame, and the parent's write access is checked
        std::int32_t word = 0;
        TRY(user_memory::copy_in(&word, childs.address(), sizeof(word)));
        TRY(copy_to_user(childs, word));
    }
    Process* const child = TRY(lends_memory ? memory_loan::fork() : family::fork());
    const std::int32_t id = child->id();
    if (stack != 0) {
        child->user_frame().user_esp = stack;
    }
    if ((flags & CLONE_CHILD_SETTID) != 0) {
        put_into_child(*child, VirtualAddress(childs.address()), static_cast<std::uint32_t>(id));
    }
    if ((flags & CLONE_PARENT_SETTID) != 0) {
        static_cast<void>(copy_to_user(parents, id)); // the child is there, whether this can be told or not
    }
    memory_loan::wait(); // the child may be no more after it
    return static_cast<std::uint32_t>(id);
}

/// As fork, but the child uses this process's memory itself. The process waits until the child has begun another program or
/// has ended; only a signal that ends the process does not wait for that.
Result<std::uint32_t> vfork() {
    const std::int32_t id = TRY(memory_loan::fork())->id();
    memory_loan::wait();
    return static_cast<std::uint32_t>(id);
}

} // namespace calls

} // namespace kernel::system_call
