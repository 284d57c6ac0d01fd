// The floating-point unit and SSE: switching them on, and their registers in memory (chapter 17).
#pragma once

#include <array>
#include <cstdint>

namespace kernel::floating_point {

/// All registers of the floating-point unit, and of SSE where the processor has it. In memory they are laid out as in a
/// signal frame (chapter 18) of Linux: arch/x86/include/uapi/asm/sigcontext.h, struct _fpstate_32.
class Registers {
public:
    /// As a program finds them at its start: nothing on the stack, no exception unmasked, round to nearest.
    Registers();

    /// Copies the processor's registers to here. What they hold afterwards depends on the processor.
    void save();

    /// The reverse.
    void load() const;

    /// `save`, and FNSAVE's image even where FXSAVE's has all registers: programs look there for those of x87.
    void save_for_frame();

    /// The reverse, whatever a program has written there: MXCSR without its reserved bits, and x87's registers from FNSAVE's
    /// image, as on Linux.
    void load_from_frame();

private:
    alignas(16) std::array<std::uint32_t, 28> fnsave_{}; // 108 bytes; status, and 0xFFFF above it if this is all
    std::array<std::uint32_t, 128> fxsave_{};            // must be aligned to 16
};

/// Ends what chapter 11 has begun: instructions of the unit work, also those of SSE. False if the processor has no unit.
[[nodiscard]] bool switch_on();

/// While locked, such an instruction raises #NM, device not available, and nothing else changes.
void set_locked(bool locked);

} // namespace kernel::floating_point
