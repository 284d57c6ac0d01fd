// The floating-point unit and SSE: switching them on, and their registers in memory (chapter 17).
#pragma once

#include <array>
#include <cstdint>

namespace kernel::floating_point {

/// All registers of the floating-point unit, and of SSE where the processor has it.
class Registers {
public:
    /// As a program finds them at its start: nothing on the stack, no exception unmasked, round to nearest.
    Registers();

    /// Copies the processor's registers to here. What they hold afterwards depends on the processor.
    void save();

    /// The reverse.
    void load() const;

private:
    // FXSAVE needs 512 bytes, aligned to 16; FNSAVE fewer.
    alignas(16) std::array<std::uint32_t, 128> words_{};
};

/// Ends what chapter 11 has begun: instructions of the unit work, also those of SSE. False if the processor has no unit.
[[nodiscard]] bool switch_on();

/// While locked, such an instruction raises #NM, device not available, and nothing else changes.
void set_locked(bool locked);

} // namespace kernel::floating_point
