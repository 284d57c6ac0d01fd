// Selector errors: what an exception's error code points at, and which check that failed (chapter 5).
#pragma once

#include <cstdint>
#include <string_view>

namespace kernel {

/// The error code of #TS, #NP, #SS and #GP (Intel SDM Vol. 3A, 6.13 Error Code, figure 6-7). The
/// two low bits of the selector are not in it: the processor replaces them by EXT and IDT.
class SelectorError {
public:
    constexpr explicit SelectorError(std::uint32_t error_code) : code_(error_code & 0xFFFF) {}

    constexpr bool is_external() const { return (code_ & 1U << 0) != 0; } ///< EXT: not the instruction's own doing
    constexpr bool in_idt() const { return (code_ & 1U << 1) != 0; }      ///< the index is a vector
    constexpr bool in_ldt() const { return !in_idt() && (code_ & 1U << 2) != 0; } ///< TI
    constexpr std::uint32_t index() const { return code_ >> 3; }
    constexpr std::uint32_t selector() const { return code_ & 0xFFF8; }

private:
    std::uint32_t code_;
};

/// An entry of the GDT or IDT, read as it is in memory (Intel SDM Vol. 3A, figures 3-8 Segment
/// Descriptor and 6-2 IDT Gate Descriptors): for reports, so it shows what is there, right or
/// wrong.
class TableEntry {
public:
    constexpr explicit TableEntry(std::uint64_t quadword) : quadword_(quadword) {}

    constexpr std::uint64_t quadword() const { return quadword_; }
    constexpr bool is_present() const { return (quadword_ >> 47 & 1) != 0; }
    constexpr std::uint32_t privilege() const { return quadword_ >> 45 & 3; } ///< DPL
    constexpr bool is_system() const { return (quadword_ >> 44 & 1) == 0; }   ///< S clear
    constexpr std::uint32_t type() const { return quadword_ >> 40 & 0xF; }
    constexpr bool is_code() const { return !is_system() && (type() & 0b1000) != 0; }
    /// Of a data segment that it is writable, of a code segment that it is readable: R/W, bit 1 of the type (table 3-1).
    constexpr bool allows_more() const { return (type() & 0b0010) != 0; }
    /// An interrupt, trap or task gate: what may be in the IDT.
    bool is_interrupt_gate() const;
    /// The type in words: "code, execute/read", "32-bit interrupt gate".
    std::string_view type_name() const;

    constexpr std::uint32_t segment_base() const {
        return static_cast<std::uint32_t>((quadword_ >> 16 & 0xFF'FFFF) | (quadword_ >> 56 & 0xFF) << 24);
    }
    /// In bytes, whatever the granularity bit.
    constexpr std::uint32_t segment_limit() const {
        const auto limit = static_cast<std::uint32_t>((quadword_ & 0xFFFF) | (quadword_ >> 32 & 0xF'0000));
        const bool in_pages = (quadword_ >> 55 & 1) != 0;
        return in_pages ? limit << 12 | 0xFFF : limit;
    }
    constexpr std::uint32_t gate_selector() const { return quadword_ >> 16 & 0xFFFF; }
    constexpr std::uint32_t gate_offset() const {
        return static_cast<std::uint32_t>((quadword_ >> 32 & 0xFFFF'0000) | (quadword_ & 0xFFFF));
    }

private:
    std::uint64_t quadword_;
};

/// What names a segment: an instruction that loads a register, or a gate whose handler is in it. Each wants another kind.
enum class SegmentUse { Cs, Ss, Data, Gate };

/// Which check a gate, or a segment descriptor, can't pass when code at privilege level `privilege`
/// uses it: words that follow "failed: ".
[[nodiscard]] std::string_view failed_gate_check(TableEntry gate, std::uint32_t privilege);
[[nodiscard]] std::string_view failed_segment_check(TableEntry segment, SegmentUse use, std::uint32_t privilege);

/// The same for the two instructions on the way to privilege level 3: LTR, with the descriptor of
/// the TSS, and IRET, with the descriptor of the cs or the ss that it pops.
[[nodiscard]] std::string_view failed_ltr_check(TableEntry segment);
[[nodiscard]] std::string_view failed_iret_cs_check(TableEntry segment, std::uint32_t cs);
[[nodiscard]] std::string_view failed_iret_ss_check(TableEntry segment, std::uint32_t cs, std::uint32_t ss);

} // namespace kernel
