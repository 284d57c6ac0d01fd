// Interrupts and exceptions: the IDT, the frame that the entry stub saves, and who handles which vector (chapter 5).
#pragma once

#include "cpu/vectors.hpp"

#include <cstddef>
#include <cstdint>

namespace kernel::interrupts {

/// What lies on the kernel stack while an interrupt is handled, lowest address first: what the stub
/// in cpu/interrupt_entry.asm pushed, then what the processor pushed (Intel SDM Vol. 3A, 6.12.1
/// Exception- or Interrupt-Handler Procedures, figure 6-4 Stack Usage on Transfers to Interrupt and
/// Exception-Handling Routines). Handlers change the interrupted code's registers by changing the
/// frame.
struct Frame {
    std::uint16_t gs, gs_padding; // `push gs` may leave the upper half of its slot unwritten
    std::uint16_t fs, fs_padding;
    std::uint16_t es, es_padding;
    std::uint16_t ds, ds_padding;
    std::uint32_t edi, esi, ebp;
    std::uint32_t cr2; // of a page fault; `pusha` stores esp here, and `popa` skips it
    std::uint32_t ebx, edx, ecx, eax;
    std::uint32_t vector;
    std::uint32_t error_code; // 0 where the processor pushes none
    std::uint32_t eip;
    std::uint16_t cs, cs_padding;
    std::uint32_t eflags;
    std::uint32_t user_esp; // this and user_ss exist only if the interrupt came from privilege level 3
    std::uint16_t user_ss, user_ss_padding;

    /// True if privilege level 3 was interrupted: the low bits of the saved cs are its privilege
    /// level. In virtual-8086 mode (EFLAGS.VM, bit 17) cs is not a selector, and the privilege level
    /// is 3 always. No program can get there on a real processor; QEMU 7.2 lets an iret with VM set
    /// through (Intel SDM Vol. 2A, IRET/IRETD).
    [[nodiscard]] constexpr bool from_user() const { return (cs & 3) == 3 || (eflags & 1U << 17) != 0; }

    [[nodiscard]] constexpr bool is(Vector expected) const { return vector == static_cast<std::uint32_t>(expected); }

    /// Of a page fault's error code.
    [[nodiscard]] constexpr bool has(PageFaultBit bit) const {
        return (error_code & static_cast<std::uint32_t>(bit)) != 0;
    }
};
static_assert(sizeof(Frame) == 19 * 4);
static_assert(offsetof(Frame, vector) == 48 && offsetof(Frame, eip) == 56);

/// Runs with interrupts off. Returning from it resumes what was interrupted.
using Handler = void (*)(Frame& frame);

/// Builds the IDT (256 gates) and loads it. A vector without a handler is ignored:
/// exceptions::initialize, which handles the processor's own, must follow at once. The GDT must
/// have been loaded.
void initialize();

/// `handler` is called for `vector` from now on, instead of the one before. How upper layers plug
/// in to this one.
void set_handler(Vector vector, Handler handler);

} // namespace kernel::interrupts
