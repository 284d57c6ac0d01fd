// Selector errors: decoding descriptors and gates as they stand in memory (chapter 5).
#include "cpu/selector_error.hpp"

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
    "data, read-only",
    "data, read/write",
    "data, read-only, expand-down",
    "data, read/write, expand-down",
    "code, execute-only",
    "code, execute/read",
    "code, execute-only, conforming",
    "code, execute/read, conforming",
};

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

std::string_view failed_segment_check(TableEntry segment, std::uint32_t privilege) {
    if (segment.quadword() == 0) {
        return "it is a null descriptor";
    }
    if (segment.is_system()) {
        return "it is a system descriptor, neither code nor data";
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

} // namespace kernel
