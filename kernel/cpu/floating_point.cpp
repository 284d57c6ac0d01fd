// The floating-point unit and SSE: control bits, FXSAVE and FNSAVE (chapter 17).
#include "cpu/floating_point.hpp"

#include "cpu/registers.hpp"

namespace kernel::floating_point {

namespace {

bool has_fxsave = false;
std::uint32_t sse_control_bits = 0; // of MXCSR, those that are not reserved
bool is_locked = false;

} // namespace

Registers::Registers() {
    constexpr std::uint32_t control = 0x037F;     // all exceptions masked, 64 bits of precision, round to nearest
    constexpr std::uint32_t sse_control = 0x1F80; // the same for SSE
    if (has_fxsave) {                             // Intel SDM Vol. 1, 10.5.1 FXSAVE Area, table 10-2
        fxsave_[0] = control;
        fxsave_[6] = sse_control;
    } else { // Vol. 1, 8.1.10 Saving the x87 FPU's State, figure 8-9: the upper halves are reserved
        fnsave_[0] = 0xFFFF'0000 | control;
        fnsave_[1] = 0xFFFF'0000; // status
        fnsave_[2] = 0xFFFF'FFFF; // tags: two bits per register, 11 for an empty one
    }
}

void Registers::save() {
    if (has_fxsave) {
        asm volatile("fxsave %0" : "=m"(fxsave_));
    } else {
        asm volatile("fnsave %0" : "=m"(fnsave_));
    }
}

void Registers::load() const {
    // Were an exception pending that the last owner had unmasked, FRSTOR would raise it here.
    asm volatile("fninit");
    if (has_fxsave) {
        asm volatile("fxrstor %0" : : "m"(fxsave_));
    } else {
        asm volatile("frstor %0" : : "m"(fnsave_));
    }
}

void Registers::save_for_frame() {
    save();
    if (has_fxsave) {
        asm volatile("fnsave %0" : "=m"(fnsave_));
    }
    fnsave_[27] = has_fxsave ? fnsave_[1] & 0xFFFF : fnsave_[1] | 0xFFFF'0000;
}

void Registers::load_from_frame() {
    fxsave_[6] &= sse_control_bits; // else FXRSTOR raises #GP
    load();
    asm volatile("fninit\n\tfrstor %0" : : "m"(fnsave_)); // FNINIT: as above
}

bool switch_on() {
    // Intel SDM Vol. 2A, CPUID, table 3-11: leaf 1, EDX bits 0, 24 and 25.
    const std::uint32_t features = cpu::cpuid(1).edx;
    if ((features & 1U << 0) == 0) {
        return false;
    }
    // MP has WAIT obey the lock, too; NE reports errors as #MF, not by way of an interrupt controller.
    // TS is the lock, which set_locked takes for open: Multiboot says nothing of it.
    const std::uint32_t cr0 = cpu::read_cr0() & ~(cpu::cr0_emulation | cpu::cr0_task_switched);
    cpu::write_cr0(cr0 | cpu::cr0_monitor_coprocessor | cpu::cr0_numeric_error);
    has_fxsave = (features & 1U << 24) != 0;
    if (has_fxsave) {
        const std::uint32_t sse = (features & 1U << 25) != 0 ? cpu::cr4_sse_exceptions : 0;
        cpu::write_cr4(cpu::read_cr4() | cpu::cr4_fxsave | sse);
        // Vol. 1, 11.6.6 Guidelines for Writing to the MXCSR Register: FXSAVE tells which it has, or 0 for these.
        alignas(16) std::array<std::uint32_t, 128> image{};
        asm volatile("fxsave %0" : "=m"(image));
        sse_control_bits = image[7] != 0 ? image[7] : 0xFFBF;
    }
    return true;
}

void set_locked(bool locked) {
    if (locked != is_locked) {
        is_locked = locked;
        cpu::write_cr0(cpu::read_cr0() ^ cpu::cr0_task_switched);
    }
}

} // namespace kernel::floating_point
