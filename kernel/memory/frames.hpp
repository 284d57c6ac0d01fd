// Page frames: hands out and takes back 4 KiB pieces of physical memory (chapter 9).
#pragma once

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "lib/panic.hpp"
#include "multiboot/multiboot.hpp"

#include <cstdint>
#include <span>
#include <utility>

// A frame is named by the physical address of its first byte. Each frame in use has a count of its
// users: 1 when handed out, one more for each `share`, one less for each `release`; at 0 it is
// free. A frame that is not in use, or never was the allocator's, must not be shared or released:
// the kernel panics and names it.
namespace kernel::frames {

/// Takes over `usable` memory (as in multiboot::Information) without the pages that `reserved`
/// touches. `reserved` may be unsorted, overlapping and not page-aligned; the caller lists the low
/// 1 MiB, the kernel image and every module. Forgets whatever was there before (for tests).
/// Precondition: the whole direct map works (paging::initialize has run), for the allocator's table
/// may lie anywhere. Fails with OutOfMemory if no frame is left.
[[nodiscard]] Result<void> initialize(std::span<const multiboot::MemoryRegion> usable,
                                      std::span<const multiboot::MemoryRegion> reserved);

/// Takes one user of `frame` away; when none is left the frame is free. Constant time.
void release(PhysicalAddress frame);

/// Owns one use of a frame, or nothing: what it still owns at the end is released, so a function
/// that fails half-way leaks nothing.
class Owner {
public:
    Owner() = default;
    explicit Owner(PhysicalAddress frame) : frame_(frame), owns_(true) {}
    Owner(Owner&& other) noexcept : frame_(other.frame_), owns_(std::exchange(other.owns_, false)) {}
    Owner& operator=(Owner&& other) noexcept {
        if (this != &other) {
            reset();
            frame_ = other.frame_;
            owns_ = std::exchange(other.owns_, false);
        }
        return *this;
    }
    ~Owner() { reset(); }

    explicit operator bool() const { return owns_; }

    /// The frame; there must be one.
    [[nodiscard]] PhysicalAddress frame() const {
        KERNEL_ASSERT(owns_, "an owner is asked for its frame only while it has one");
        return frame_;
    }

    /// Gives the frame up without releasing it: from now on the caller must see to that.
    [[nodiscard]] PhysicalAddress hand_over() {
        KERNEL_ASSERT(owns_, "an owner hands over only the frame it has");
        owns_ = false;
        return frame_;
    }

    /// Releases the frame now, if there is one.
    void reset() {
        if (std::exchange(owns_, false)) {
            release(frame_);
        }
    }

private:
    PhysicalAddress frame_;
    bool owns_ = false;
};

/// A frame with a count of 1 and undefined contents; constant time. OutOfMemory if there is none.
[[nodiscard]] Result<Owner> allocate();

/// The same, filled with zeros.
[[nodiscard]] Result<Owner> allocate_zeroed();

/// Adds one user of `frame`; constant time.
void share(PhysicalAddress frame);

/// How many users `frame`, which must be in use, has.
[[nodiscard]] std::uint32_t user_count(PhysicalAddress frame);

/// Takes over memory that was reserved until now, such as that of a module no longer needed: whole
/// pages inside the `usable` memory that `initialize` was given, none of them the allocator's yet.
void adopt(multiboot::MemoryRegion memory);

[[nodiscard]] std::uint32_t free_count();  // in frames
[[nodiscard]] std::uint32_t total_count(); // in frames: free or in use

#if __STDC_HOSTED__
/// For tests: `allocate` works `allocations` times more and fails from then on.
void fail_after(std::uint32_t allocations);
inline constexpr std::uint32_t never = 0xFFFFFFFF;
#endif

} // namespace kernel::frames
