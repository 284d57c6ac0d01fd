// Physical memory for tests that need page frames.
#pragma once

#include "catch.hpp"
#include "fakes.hpp"

#include "memory/frames.hpp"

/// `size` bytes of physical memory, of which the frame allocator has all but the first MiB. At its end every frame must be
/// free again.
class FrameMemory {
public:
    explicit FrameMemory(std::uint32_t size) : physical_(size) {
        using namespace kernel;
        constexpr std::uint32_t mib = 0x100000;
        const multiboot::MemoryRegion all[] = {{PhysicalAddress(0), PhysicalAddress(size)}};
        const multiboot::MemoryRegion low[] = {{PhysicalAddress(0), PhysicalAddress(mib)}};
        REQUIRE(frames::initialize(all, low).has_value());
        free_at_start_ = frames::free_count();
    }
    ~FrameMemory() {
        kernel::frames::fail_after(kernel::frames::never);
        CHECK(kernel::frames::free_count() == free_at_start_);
    }
    FrameMemory(const FrameMemory&) = delete;
    FrameMemory& operator=(const FrameMemory&) = delete;

    /// Frames that were handed out and not given back.
    std::uint32_t used() const { return free_at_start_ - kernel::frames::free_count(); }

private:
    PhysicalMemory physical_;
    std::uint32_t free_at_start_ = 0;
};
