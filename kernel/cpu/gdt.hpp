// Segmentation: the five descriptors of the GDT, and the TSS's after them (chapter 4).
#pragma once

#include <cstdint>

namespace kernel::gdt {

enum class Privilege : std::uint32_t { Kernel = 0, User = 3 };

/// A segment descriptor as the processor reads it (Intel SDM Vol. 3A, 3.4.5 Segment Descriptors,
/// figure 3-8).
class Descriptor {
public:
    constexpr Descriptor() = default; // the null descriptor

    /// A code segment over the whole address space: execute and read.
    static constexpr Descriptor code(Privilege privilege) {
        return {0, whole_space_limit, type_code | system_no | granularity_4k | size_32, privilege};
    }
    /// A data segment over the whole address space: read and write.
    static constexpr Descriptor data(Privilege privilege) {
        return {0, whole_space_limit, type_data | system_no | granularity_4k | size_32, privilege};
    }
    /// An available 32-bit TSS at linear address `base`, `limit` + 1 bytes long (7.2.2 TSS
    /// Descriptor).
    static constexpr Descriptor tss(std::uint32_t base, std::uint32_t limit) {
        return {base, limit, type_tss, Privilege::Kernel};
    }

    /// A data segment of a program's choice, readable and writable: `limit` counts bytes, or 4 KiB units (chapter 20).
    static constexpr Descriptor thread(std::uint32_t base, std::uint32_t limit, bool in_pages) {
        return {base, limit, type_data | system_no | (in_pages ? granularity_4k : 0) | size_32, Privilege::User};
    }

    constexpr std::uint64_t quadword() const { return std::uint64_t{high_} << 32 | low_; }

private:
    constexpr Descriptor(std::uint32_t base, std::uint32_t limit, std::uint32_t bits, Privilege privilege)
        : low_((base & 0xFFFF) << 16 | (limit & 0xFFFF)),
          high_((base & 0xFF00'0000) | (limit & 0xF'0000) | bits | present |
                static_cast<std::uint32_t>(privilege) << privilege_shift | (base >> 16 & 0xFF)) {}

    // Bits of the high doubleword. The accessed bit is set from the start, so that the processor
    // never has to write to the table when it loads a segment register.
    static constexpr std::uint32_t type_code = 0b1011U << 8; // execute, read, accessed (table 3-1)
    static constexpr std::uint32_t type_data = 0b0011U << 8; // read, write, accessed
    static constexpr std::uint32_t type_tss = 0b1001U << 8;  // 32-bit TSS, available (table 3-2)
    static constexpr std::uint32_t system_no = 1U << 12;     // S: a code or data segment
    static constexpr unsigned privilege_shift = 13;          // DPL
    static constexpr std::uint32_t present = 1U << 15;
    static constexpr std::uint32_t size_32 = 1U << 22;        // D/B: 32-bit code and stack
    static constexpr std::uint32_t granularity_4k = 1U << 23; // G: the limit counts 4 KiB units
    static constexpr std::uint32_t whole_space_limit = 0xFFFFF;

    std::uint32_t low_ = 0;
    std::uint32_t high_ = 0;
};

static_assert(sizeof(Descriptor) == 8);
static_assert(Descriptor::code(Privilege::Kernel).quadword() == 0x00CF'9B00'0000'FFFF);
static_assert(Descriptor::data(Privilege::Kernel).quadword() == 0x00CF'9300'0000'FFFF);
static_assert(Descriptor::code(Privilege::User).quadword() == 0x00CF'FB00'0000'FFFF);
static_assert(Descriptor::data(Privilege::User).quadword() == 0x00CF'F300'0000'FFFF);
static_assert(Descriptor::tss(0xC012'3456, 0x67).quadword() == 0xC000'8912'3456'0067);

/// Builds the GDT (null, kernel code, kernel data, user code, user data; the TSS's slot stays null)
/// and loads it and all segment registers. Nothing may rely on the loader's segments afterwards.
void initialize();

/// Fills the TSS's slot.
void set_tss(Descriptor descriptor);

} // namespace kernel::gdt
