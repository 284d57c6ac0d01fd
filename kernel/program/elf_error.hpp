// Why an ELF file is refused, in words (chapter 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace kernel::elf {

/// Why a file is not a program this kernel loads. `describe` has a sentence for each.
enum class ElfError : std::uint8_t {
    TooShort,
    BadMagic,
    Not32Bit,
    NotLittleEndian,
    BadVersion,
    PositionIndependent,
    NotExecutable,
    NotI386,
    BadHeaderSize,
    BadProgramHeaderSize,
    NoProgramHeaders,
    TooManyProgramHeaders,
    ProgramHeadersOutsideFile,
    DynamicallyLinked,
    NoSegments,
    TooManySegments,
    SegmentOutsideFile,
    SegmentSmallerThanItsBytes,
    SegmentWraps,
    SegmentInFirstPage,
    SegmentInKernel,
    SegmentInStack,
    BadAlignment,
    SegmentMisaligned,
    SegmentsOverlap,
    SegmentsSharePage,
    EntryNotExecutable,
};

/// The reason as a sentence for the log, without a full stop.
[[nodiscard]] std::string_view describe(ElfError error);

} // namespace kernel::elf
