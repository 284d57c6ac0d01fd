// Control registers, flags and the instructions that load the processor's tables (chapters 4 and 5).
#pragma once

#include <cstdint>

namespace kernel::cpu {

/// Bits of CR0 (Intel SDM Vol. 3A, 2.5 Control Registers).
inline constexpr std::uint32_t cr0_monitor_coprocessor = 1U << 1; // MP: WAIT raises #NM too while TS is set
inline constexpr std::uint32_t cr0_emulation = 1U << 2;           // EM: floating-point instructions raise #NM
inline constexpr std::uint32_t cr0_task_switched = 1U << 3;       // TS: floating-point and SSE instructions raise #NM
inline constexpr std::uint32_t cr0_numeric_error = 1U << 5;       // NE: floating-point errors raise #MF
inline constexpr std::uint32_t cr0_write_protect = 1U << 16;      // WP: read-only pages bind the kernel too

/// Bits of CR4.
inline constexpr std::uint32_t cr4_page_size_extensions = 1U << 4; // PSE: directory entries may map 4 MiB
inline constexpr std::uint32_t cr4_fxsave = 1U << 9;               // OSFXSR: SSE is on, and FXSAVE saves its registers
inline constexpr std::uint32_t cr4_sse_exceptions = 1U << 10;      // OSXMMEXCPT: errors of SSE raise #XM
inline constexpr std::uint32_t cr4_smep = 1U << 20;                // the kernel cannot execute user pages
inline constexpr std::uint32_t cr4_smap = 1U << 21; // the kernel cannot touch user pages unless EFLAGS.AC is set

/// Bits of EFLAGS (Intel SDM Vol. 1, 3.4.3 EFLAGS Register).
inline constexpr std::uint32_t eflags_reserved = 1U << 1; // always 1
inline constexpr std::uint32_t eflags_interrupt = 1U << 9;

/// The operand of LGDT and LIDT: limit first, then base, 6 bytes with no padding (Vol. 3A, 2.4.1
/// Global Descriptor Table Register).
struct [[gnu::packed]] TablePointer {
    std::uint16_t limit; // size in bytes minus one
    std::uint32_t base;  // linear address
};
static_assert(sizeof(TablePointer) == 6);

inline void load_idt(const TablePointer& pointer) {
    asm volatile("lidt %0" : : "m"(pointer));
}

/// The segment registers stay as they are.
inline void load_gdt(const TablePointer& pointer) {
    asm volatile("lgdt %0" : : "m"(pointer) : "memory");
}

/// Loads the null selector, which any use of the segment would fault on.
inline void empty_fs_and_gs() {
    asm volatile("mov %w0, %%fs\n\tmov %w0, %%gs" : : "r"(0) : "memory");
}

/// Where the GDT in use lies, as the processor knows it.
[[nodiscard]] inline TablePointer read_gdtr() {
    TablePointer pointer{};
    asm volatile("sgdt %0" : "=m"(pointer));
    return pointer;
}

/// The same for the IDT.
[[nodiscard]] inline TablePointer read_idtr() {
    TablePointer pointer{};
    asm volatile("sidt %0" : "=m"(pointer));
    return pointer;
}

inline void load_ldt_register(std::uint16_t selector) {
    asm volatile("lldt %0" : : "r"(selector));
}

inline void load_task_register(std::uint16_t selector) {
    asm volatile("ltr %0" : : "r"(selector));
}

[[nodiscard]] inline std::uint32_t read_ss() {
    std::uint32_t value = 0;
    asm volatile("mov %%ss, %0" : "=r"(value));
    return value;
}

[[nodiscard]] inline std::uint32_t read_cr0() {
    std::uint32_t value = 0;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

inline void write_cr0(std::uint32_t value) {
    asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

/// The linear address that the last page fault was about.
[[nodiscard]] inline std::uint32_t read_cr2() {
    std::uint32_t value = 0;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

/// The physical address of the page directory in use.
[[nodiscard]] inline std::uint32_t read_cr3() {
    std::uint32_t value = 0;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

/// Takes another page directory into use, which also empties the TLB (global pages are not used).
inline void write_cr3(std::uint32_t physical) {
    asm volatile("mov %0, %%cr3" : : "r"(physical) : "memory");
}

[[nodiscard]] inline std::uint32_t read_cr4() {
    std::uint32_t value = 0;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

inline void write_cr4(std::uint32_t value) {
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/// Drops the TLB's entry for the page of one linear address: needed after every change of a present
/// entry.
inline void invalidate_page(std::uint32_t linear) {
    asm volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};

/// CPUID exists: boot/start.asm has checked that.
[[nodiscard]] inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    CpuidResult result{};
    asm volatile("cpuid"
                 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                 : "a"(leaf), "c"(subleaf));
    return result;
}

/// The low half of the clock cycles since the start; 0 of a processor that does not count them.
[[nodiscard]] inline std::uint32_t read_time_stamp() {
    constexpr std::uint32_t has_time_stamp = 1U << 4;
    std::uint32_t low = 0;
    if ((cpuid(1).edx & has_time_stamp) != 0) {
        asm volatile("rdtsc" : "=a"(low) : : "edx");
    }
    return low;
}

inline void disable_interrupts() {
    asm volatile("cli" : : : "memory");
}

/// Sleeps until the next interrupt. With interrupts off it sleeps forever.
inline void halt() {
    asm volatile("hlt" : : : "memory");
}

/// Turns interrupts on for just as long as it takes to handle those that are pending. The NOP is
/// the one instruction that STI still lets pass before it takes effect (Intel SDM Vol. 2B, STI).
inline void handle_pending_interrupts() {
    asm volatile("sti\n\tnop\n\tcli" : : : "memory");
}

/// Sleeps with interrupts on until one has been handled; they are off before and after. One
/// statement, because STI takes effect only after the next instruction (Intel SDM Vol. 2B, STI): no
/// interrupt can slip in between it and HLT and leave the processor asleep.
inline void wait_for_interrupt() {
    asm volatile("sti\n\thlt\n\tcli" : : : "memory");
}

} // namespace kernel::cpu
