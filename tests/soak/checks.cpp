// The test kernel's own part: /dev/checks, which tells what the kernel has in use and lets one allocation fail. The rest
// of that kernel is build/kernel.elf's: the linker puts these functions before three of its own (`--wrap`, tests.mk).
#include "files/devices.hpp"
#include "files/proc.hpp"
#include "files/root.hpp"
#include "lib/format.hpp"
#include "lib/panic.hpp"
#include "memory/frames.hpp"
#include "memory/kernel_heap.hpp"
#include "process/process.hpp"

#include <array>
#include <new>

namespace kernel::soak {

namespace {

// In the order in which they are made, of both kinds: frames and pieces of the heap.
std::uint32_t allocations_until_failure; // 0: none is to fail
bool has_failed;

bool fails_now() {
    if (allocations_until_failure == 0 || --allocations_until_failure > 0) {
        return false;
    }
    has_failed = true;
    return true;
}

class Checks final : public files::Node {
public:
    Checks() : Node(Kind::Device, 0666) {}

    /// Panics if the heap is damaged. The rest is for the program to compare.
    Result<std::uint32_t> read(std::uint64_t offset, files::Transfer& to) override {
        if (offset > 0) {
            return 0U;
        }
        heap::check();
        const Heap::Statistics heap = heap::statistics();
        std::array<char, 120> buffer;
        const std::string_view text = format(buffer, "frames {} blocks {} bytes {} processes {} failed {}\n",
                                             frames::free_count() + heap.size / PAGE_SIZE, heap.blocks, heap.allocated,
                                             process::count(), has_failed ? 1 : 0);
        TRY(to.put(std::as_bytes(std::span(text))));
        return static_cast<std::uint32_t>(text.size());
    }

    /// A number in decimal digits: that allocation, counted from now on, fails; 0: none.
    Result<std::uint32_t> write(std::uint64_t /*offset*/, files::Transfer& from) override {
        std::array<char, 12> digits{};
        const std::uint32_t size = from.left();
        if (size > digits.size()) {
            return std::unexpected(Error::InvalidArgument);
        }
        TRY(from.take(std::as_writable_bytes(std::span(digits).first(size))));
        std::uint32_t number = 0;
        for (std::uint32_t i = 0; i < size; ++i) {
            number = number * 10 + static_cast<std::uint32_t>(digits[i] - '0');
        }
        allocations_until_failure = number;
        has_failed = has_failed && number == 0; // is asked after that
        return size;
    }
};

} // namespace

// The linker's names: __wrap_ is called instead of the kernel's function, which is __real_.
Result<frames::Owner> real_allocate() asm("__real__ZN6kernel6frames8allocateEv");
Result<frames::Owner> real_allocate_zeroed() asm("__real__ZN6kernel6frames15allocate_zeroedEv");
Result<void*> real_heap_allocate(std::size_t size, std::size_t alignment) asm("__real__ZN6kernel4heap8allocateEjj");
void real_enable_proc() asm("__real__ZN6kernel5files11enable_procEv");

Result<frames::Owner> allocate() asm("__wrap__ZN6kernel6frames8allocateEv");
Result<frames::Owner> allocate_zeroed() asm("__wrap__ZN6kernel6frames15allocate_zeroedEv");
Result<void*> heap_allocate(std::size_t size, std::size_t alignment) asm("__wrap__ZN6kernel4heap8allocateEjj");
void enable_proc() asm("__wrap__ZN6kernel5files11enable_procEv");

Result<frames::Owner> allocate() {
    return fails_now() ? std::unexpected(Error::OutOfMemory) : real_allocate();
}

Result<frames::Owner> allocate_zeroed() {
    return fails_now() ? std::unexpected(Error::OutOfMemory) : real_allocate_zeroed();
}

Result<void*> heap_allocate(std::size_t size, std::size_t alignment) {
    return fails_now() ? std::unexpected(Error::OutOfMemory) : real_heap_allocate(size, alignment);
}

/// After what main.cpp asks for: the device.
void enable_proc() {
    real_enable_proc();
    const Reference<files::Node> devices = files::root()->find("dev");
    const Reference<files::Node> checks(new (std::nothrow) Checks);
    KERNEL_ASSERT(devices && checks && devices->as_directory()->add("checks", checks), "there is /dev/checks");
}

} // namespace kernel::soak
