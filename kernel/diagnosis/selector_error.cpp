// Selector errors: decoding descriptors and gates as they are in memory (chapter 5).
#include "diagnosis/selector_error.hpp"

#include <algorithm>
#include <array>

namespace kernel {

namespace {

constexpr std::array<std::uint32_t, 5> gate_types = {0b0101, 0b0110, 0b0111, 0b1110, 0b1111};

/// Intel SDM Vol. 3A, table 3-2 System-Segment and Gate-Descriptor Types.
constexpr std::array<std::string_view, 16> system_types = {
    "reserved type 0",       "16-bit TSS, available", "LDT",
    "16-bit TSS, busy",      "16-bit call gate",      "task gate",
    "16-bit interrupt gate", "16-bit trap gate",      "reserved type 8",
    "32-bit TSS, available", "reserved type 10",      "32-bit TSS, busy",
    "32-bit call gate",      "reserved type 13",      "32-bit interrupt gate",
    "32-bit trap gate",
};

/// Table 3-1 Code- and Data-Segment Types, without the accessed bit.
constexpr std::array<std::string_view, 8> segment_types = {
    "data, read-only",    "data, read/write",   "data, read-only, expand-down",   "data, read/write, expand-down",
    "code, execute-only", "code, execute/read", "code, execute-only, conforming", "code, execute/read, conforming",
};

constexpr std::uint32_t rpl = 0b11; // of a selector, bits 0-1

constexpr bool is_writable_data(TableEntry segment) {
    return !segment.is_system() && !segment.is_code() && segment.allows_more();
}

/// The check that comes last where there is another before it.
std::string_view failed_present_check(TableEntry segment) {
    return segment.is_present() ? "nothing in the descriptor itself" : "its present bit is clear";
}

} // namespace

bool TableEntry::is_interrupt_gate() const {
    return is_system() && std::ranges::find(gate_types, type()) != gate_types.end();
}

std::string_view TableEntry::type_name() const {
    return is_system() ? system_types[type()] : segment_types[type() >> 1];
}

std::string_view failed_gate_check(TableEntry gate, std::uint32_t privilege) {
    if (!gate.is_interrupt_gate()) {
        return "it is not an interrupt, trap or task gate";
    }
    if (privilege > gate.privilege()) {
        return "its DPL keeps an INT instruction of privilege level 3 out";
    }
    if (!gate.is_present()) {
        return "its present bit is clear";
    }
    return "nothing in the gate itself";
}

std::string_view failed_segment_check(TableEntry segment, SegmentUse use, std::uint32_t privilege) {
    if (segment.quadword() == 0) {
        return "it is a null descriptor";
    }
    if (segment.is_system()) {
        return "it is a system descriptor, neither code nor data";
    }
    if (use == SegmentUse::Gate) { // Intel SDM Vol. 3A, 6.12.1, and Vol. 2A, INT n, Operation
        return !segment.is_code()                ? "a gate wants a code segment"
               : segment.privilege() > privilege ? "a gate wants a code segment whose DPL is not above CPL"
                                                 : failed_present_check(segment);
    }
    if (use == SegmentUse::Cs && !segment.is_code()) {
        return "cs wants a code segment";
    }
    if (use == SegmentUse::Ss && !is_writable_data(segment)) {
        return "ss wants a writable data segment";
    }
    if (use == SegmentUse::Data && segment.is_code() && !segment.allows_more()) {
        return "ds, es, fs and gs want a segment that can be read";
    }
    if (privilege > segment.privilege()) {
        return "its DPL keeps privilege level 3 out";
    }
    if (!segment.is_present()) {
        return "its present bit is clear";
    }
    if (segment.is_code() && privilege != segment.privilege()) {
        return "its DPL and the selector's RPL must both be the new privilege level";
    }
    return "nothing in the descriptor itself: compare its DPL with CPL and RPL";
}

/// Intel SDM Vol. 2A, LTR, Protected Mode Exceptions.
std::string_view failed_ltr_check(TableEntry segment) {
    constexpr std::uint32_t busy = 1U << 1; // of a TSS's type: table 3-2
    const bool is_tss = segment.is_system() && (segment.type() & 0b0101) == 0b0001;
    if (!is_tss) {
        return "ltr wants the descriptor of a TSS";
    }
    if ((segment.type() & busy) != 0) {
        return "ltr wants an available TSS: this one is busy, as if loaded before";
    }
    return failed_present_check(segment);
}

// Intel SDM Vol. 2A, IRET/IRETD, Operation: the checks of PROTECTED-MODE-RETURN and what follows.

std::string_view failed_iret_cs_check(TableEntry segment, std::uint32_t cs) {
    if (!segment.is_code()) {
        return "iret wants a code segment for cs";
    }
    if (segment.privilege() != (cs & rpl)) {
        return "iret wants the DPL of cs to be its RPL, the new privilege level";
    }
    return failed_present_check(segment);
}

std::string_view failed_iret_ss_check(TableEntry segment, std::uint32_t cs, std::uint32_t ss) {
    if ((ss & rpl) != (cs & rpl)) {
        return "iret wants the same RPL in ss and cs";
    }
    if (!is_writable_data(segment)) {
        return "iret wants a writable data segment for ss";
    }
    if (segment.privilege() != (cs & rpl)) {
        return "iret wants the DPL of ss to be cs's RPL, the new privilege level";
    }
    return failed_present_check(segment);
}

} // namespace kernel
