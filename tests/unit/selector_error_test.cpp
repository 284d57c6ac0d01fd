// Selector error codes and the descriptors they name, decoded for reports.
#include "catch.hpp"

#include "diagnosis/selector_error.hpp"

using kernel::failed_gate_check;
using kernel::failed_iret_cs_check;
using kernel::failed_iret_ss_check;
using kernel::failed_ltr_check;
using kernel::failed_segment_check;
using kernel::SegmentUse;
using kernel::SelectorError;
using kernel::TableEntry;

TEST_CASE("an error code is taken apart into EXT, table and index") {
    const SelectorError gate(0x402);
    CHECK(gate.in_idt());
    CHECK_FALSE(gate.in_ldt());
    CHECK_FALSE(gate.is_external());
    CHECK(gate.index() == 0x80);

    const SelectorError segment(0x11);
    CHECK_FALSE(segment.in_idt());
    CHECK(segment.is_external());
    CHECK(segment.index() == 2);
    CHECK(segment.selector() == 0x10);

    CHECK(SelectorError(0x0C).in_ldt());
    CHECK_FALSE(SelectorError(0x0E).in_ldt()); // with IDT set, TI means nothing
    CHECK(SelectorError(0xABCD0010).index() == 2);
}

TEST_CASE("descriptors are shown as they are") {
    const TableEntry code(0x00CF9B000000FFFF);
    CHECK(code.type_name() == "code, execute/read");
    CHECK(code.privilege() == 0);
    CHECK(code.is_present());
    CHECK(code.segment_base() == 0);
    CHECK(code.segment_limit() == 0xFFFFFFFF);

    const TableEntry tss(0xC000891234560067);
    CHECK(tss.type_name() == "32-bit TSS, available");
    CHECK(tss.segment_base() == 0xC0123456);
    CHECK(tss.segment_limit() == 0x67);

    const TableEntry gate(0xC012EE0000083456);
    CHECK(gate.type_name() == "32-bit interrupt gate");
    CHECK(gate.privilege() == 3);
    CHECK(gate.gate_selector() == 8);
    CHECK(gate.gate_offset() == 0xC0123456);
}

TEST_CASE("the gate's check that failed is named") {
    constexpr std::uint64_t good = 0xC012EE0000083456;
    CHECK(failed_gate_check(TableEntry(good), 3) == "nothing in the gate itself");
    CHECK(failed_gate_check(TableEntry(good & ~(std::uint64_t{1} << 47)), 3) == "its present bit is clear");
    CHECK(failed_gate_check(TableEntry(0xC0128E0000083456), 3) ==
          "its DPL keeps an INT instruction of privilege level 3 out");
    CHECK(failed_gate_check(TableEntry(0xC0128E0000083456), 0) == "nothing in the gate itself");
    CHECK(failed_gate_check(TableEntry(0), 0) == "it is not an interrupt, trap or task gate");
    CHECK(failed_gate_check(TableEntry(0x00083456C012EE00), 0) ==
          "it is not an interrupt, trap or task gate"); // the doublewords swapped
}

TEST_CASE("the segment's check that failed is named") {
    constexpr TableEntry kernel_code(0x00CF9B000000FFFF);
    constexpr TableEntry kernel_data(0x00CF93000000FFFF);
    constexpr TableEntry user_code(0x00CFFB000000FFFF);
    constexpr TableEntry user_data(0x00CFF3000000FFFF);
    constexpr TableEntry execute_only(0x00CFF9000000FFFF);
    constexpr TableEntry read_only(0x00CFF1000000FFFF);
    constexpr TableEntry absent_code(0x00CF1B000000FFFF);
    for (const SegmentUse use : {SegmentUse::Cs, SegmentUse::Ss, SegmentUse::Data, SegmentUse::Gate}) {
        CHECK(failed_segment_check(TableEntry(0), use, 0) == "it is a null descriptor");
        CHECK(failed_segment_check(TableEntry(0xC000891234560067), use, 0) ==
              "it is a system descriptor, neither code nor data");
    }
    CHECK(failed_segment_check(kernel_data, SegmentUse::Data, 3) == "its DPL keeps privilege level 3 out");
    CHECK(failed_segment_check(TableEntry(0x00CF13000000FFFF), SegmentUse::Data, 0) == "its present bit is clear");
    CHECK(failed_segment_check(kernel_data, SegmentUse::Data, 0) ==
          "nothing in the descriptor itself: compare its DPL with CPL and RPL");
    CHECK(failed_segment_check(execute_only, SegmentUse::Data, 3) ==
          "ds, es, fs and gs want a segment that can be read");
    CHECK(failed_segment_check(user_code, SegmentUse::Cs, 0) ==
          "its DPL and the selector's RPL must both be the new privilege level");
    CHECK(failed_segment_check(user_data, SegmentUse::Cs, 3) == "cs wants a code segment");
    CHECK(failed_segment_check(user_code, SegmentUse::Ss, 3) == "ss wants a writable data segment");
    CHECK(failed_segment_check(read_only, SegmentUse::Ss, 3) == "ss wants a writable data segment");
    CHECK(failed_segment_check(kernel_data, SegmentUse::Gate, 3) == "a gate wants a code segment");
    CHECK(failed_segment_check(user_code, SegmentUse::Gate, 0) ==
          "a gate wants a code segment whose DPL is not above CPL");
    CHECK(failed_segment_check(absent_code, SegmentUse::Gate, 3) == "its present bit is clear");
    CHECK(failed_segment_check(kernel_code, SegmentUse::Gate, 3) == "nothing in the descriptor itself");
}

TEST_CASE("the check of ltr that failed is named") {
    CHECK(failed_ltr_check(TableEntry(0xC000891234560067)) == "nothing in the descriptor itself");
    CHECK(failed_ltr_check(TableEntry(0xC0008B1234560067)) ==
          "ltr wants an available TSS: this one is busy, as if loaded before");
    CHECK(failed_ltr_check(TableEntry(0xC000091234560067)) == "its present bit is clear");
    CHECK(failed_ltr_check(TableEntry(0x00CF93000000FFFF)) == "ltr wants the descriptor of a TSS");
    CHECK(failed_ltr_check(TableEntry(0xC0008E1234560067)) == "ltr wants the descriptor of a TSS");
    CHECK(failed_ltr_check(TableEntry(0)) == "ltr wants the descriptor of a TSS");
}

TEST_CASE("the check of iret that failed is named") {
    constexpr TableEntry kernel_code(0x00CF9B000000FFFF);
    constexpr TableEntry user_code(0x00CFFB000000FFFF);
    constexpr TableEntry kernel_data(0x00CF93000000FFFF);
    constexpr TableEntry user_data(0x00CFF3000000FFFF);
    CHECK(failed_iret_cs_check(user_code, 0x1B) == "nothing in the descriptor itself");
    CHECK(failed_iret_ss_check(user_data, 0x1B, 0x23) == "nothing in the descriptor itself");
    constexpr auto cs_rpl = "iret wants the DPL of cs to be its RPL, the new privilege level";
    CHECK(failed_iret_cs_check(user_code, 0x18) == cs_rpl);
    CHECK(failed_iret_cs_check(kernel_code, 0x0B) == cs_rpl);
    CHECK(failed_iret_cs_check(user_data, 0x23) == "iret wants a code segment for cs");
    CHECK(failed_iret_ss_check(user_data, 0x1B, 0x20) == "iret wants the same RPL in ss and cs");
    CHECK(failed_iret_ss_check(kernel_data, 0x1B, 0x13) ==
          "iret wants the DPL of ss to be cs's RPL, the new privilege level");
    CHECK(failed_iret_ss_check(user_code, 0x1B, 0x1B) == "iret wants a writable data segment for ss");
    CHECK(failed_iret_ss_check(TableEntry(0x00CF73000000FFFF), 0x1B, 0x23) == "its present bit is clear");
}
