// Vectors: which number means which exception, and the bits of a page fault's error code (chapter 5).
#pragma once

#include "layout.h"

#include <cstdint>

namespace kernel::interrupts {

/// Those that the kernel knows by name (Intel SDM Vol. 3A, table 6-1 Protected-Mode Exceptions and Interrupts). The
/// interrupt controllers' follow from PIC_MASTER_VECTOR and PIC_SLAVE_VECTOR.
enum class Vector : std::uint8_t {
    DivideError = 0,
    Debug = 1,
    NonMaskableInterrupt = 2,
    Breakpoint = 3,
    Overflow = 4,
    InvalidOpcode = 6,
    DeviceNotAvailable = 7,
    DoubleFault = 8,
    InvalidTss = 10,
    SegmentNotPresent = 11,
    StackFault = 12,
    GeneralProtection = 13,
    PageFault = 14,
    FloatingPointError = 16,
    AlignmentCheck = 17,
    MachineCheck = 18,
    SimdError = 19,
    ControlProtection = 21,
    SystemCall = SYSTEM_CALL_VECTOR,
};

/// Vectors below this are the processor's own.
inline constexpr std::uint8_t exception_count = 32;

/// Bits of a page fault's error code (Intel SDM Vol. 3A, 4.7 Page-Fault Exceptions, figure 4-12).
enum class PageFaultBit : std::uint32_t {
    Protection = 1U << 0, // the page is present, and forbids the access; clear: it is not present
    Write = 1U << 1,
    User = 1U << 2,        // at privilege level 3
    ReservedBit = 1U << 3, // one is set in an entry
    Fetch = 1U << 4,       // of an instruction; known only with NX or SMEP
};

} // namespace kernel::interrupts
