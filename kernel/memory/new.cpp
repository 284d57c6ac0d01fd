// `new (std::nothrow)` and `delete` on the kernel's heap (chapter 10).
#include "memory/kernel_heap.hpp"

#include <cstddef>
#include <new>

// Plain `new T` is left out on purpose. Its operator reports failure by an exception, so the
// compiler takes the pointer for good and writes to it untested. The kernel has no exceptions, and
// running out of memory is an error to handle, not a reason to stop. So `new T` does not link, and
// whoever writes `new (std::nothrow) T` gets null and tests it.

namespace {

void* allocate_or_null(std::size_t size, std::size_t alignment) noexcept {
    return kernel::heap::allocate(size, alignment).value_or(nullptr);
}

} // namespace

const std::nothrow_t std::nothrow{}; // the library that has it is not linked

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_or_null(size, kernel::Heap::default_alignment);
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return allocate_or_null(size, kernel::Heap::default_alignment);
}

void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate_or_null(size, static_cast<std::size_t>(alignment));
}

void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return allocate_or_null(size, static_cast<std::size_t>(alignment));
}

// The heap knows each block's size and alignment, so the forms that are told them need not care.

void operator delete(void* pointer) noexcept {
    kernel::heap::free(pointer);
}

void operator delete[](void* pointer) noexcept {
    kernel::heap::free(pointer);
}

void operator delete(void* pointer, std::size_t) noexcept {
    kernel::heap::free(pointer);
}

void operator delete[](void* pointer, std::size_t) noexcept {
    kernel::heap::free(pointer);
}

void operator delete(void* pointer, std::align_val_t) noexcept {
    kernel::heap::free(pointer);
}

void operator delete[](void* pointer, std::align_val_t) noexcept {
    kernel::heap::free(pointer);
}

void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept {
    kernel::heap::free(pointer);
}

void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept {
    kernel::heap::free(pointer);
}
