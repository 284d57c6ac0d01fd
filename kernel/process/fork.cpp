// Processes: a copy of one, and another program in one (chapter 16).
#include "process/process.hpp"

#include "memory/paging.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace kernel {

namespace {

Result<AddressSpace> (*memory_for_child)(AddressSpace& parents) = [](AddressSpace& parents) { return parents.copy(); };

} // namespace

process::MemoryForChild process::set_memory_for_child(MemoryForChild function) {
    return std::exchange(memory_for_child, function);
}

Result<Process*> Process::fork() {
    process::bury_abandoned();
    AddressSpace space = TRY(memory_for_child(space_));
    KernelStack stack = TRY(KernelStack::create());
    auto* child = new (std::nothrow) Process(name(), std::move(space), std::move(stack), start_, file_);
    if (child == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    child->break_ = break_;
    child->has_parent_ = true;
    for (std::size_t slot = 0; slot < extensions_.size() && extensions_[slot] != nullptr; ++slot) {
        const Result<Extension*> extension = extensions_[slot]->clone(*this, *child);
        if (!extension) {
            delete child;
            return std::unexpected(extension.error());
        }
        child->extensions_[slot] = *extension;
    }
    interrupts::Frame frame = user_frame();
    frame.eax = 0; // what fork returns in the child
    child->prepare_kernel_stack(frame);
    return child;
}

Result<void> Process::exec(std::string_view name, ByteSource file, const Arguments& arguments) {
    AddressSpace space = TRY(AddressSpace::create());
    start_ = TRY(program::load(space, name, file, arguments));
    // Nothing can fail from here on.
    directory = space.directory();
    paging::load(directory);
    space_ = std::move(space);
    name_length_ = std::min(name.size(), sizeof(name_));
    std::memcpy(name_, name.data(), name_length_);
    file_ = file;
    break_ = start_.break_begin;
    for (Extension* extension : extensions_) {
        if (extension != nullptr) {
            extension->exec(*this);
        }
    }
    user_frame() = process::first_frame(start_);
    return {};
}

} // namespace kernel
