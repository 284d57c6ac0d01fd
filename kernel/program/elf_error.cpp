// Why an ELF file is refused, in words (chapter 14).
#include "program/elf_error.hpp"

namespace kernel::elf {

std::string_view describe(ElfError error) {
    switch (error) {
    case ElfError::TooShort:
        return "the file is shorter than an ELF header";
    case ElfError::BadMagic:
        return "the file does not begin with the ELF magic";
    case ElfError::Not32Bit:
        return "the file is not a 32-bit one; compile it for i386";
    case ElfError::NotLittleEndian:
        return "the file is not little-endian";
    case ElfError::BadVersion:
        return "the file's ELF version is not 1";
    case ElfError::PositionIndependent:
        return "the program is position-independent or a shared object; link it with -static "
               "-no-pie";
    case ElfError::NotExecutable:
        return "the file is not an executable; an object file has to be linked first";
    case ElfError::NotI386:
        return "the program is for a processor other than the i386";
    case ElfError::BadHeaderSize:
        return "the file header does not have the size of an ELF32 one";
    case ElfError::BadProgramHeaderSize:
        return "the program headers do not have the size of ELF32 ones";
    case ElfError::NoProgramHeaders:
        return "the file has no program headers";
    case ElfError::TooManyProgramHeaders:
        return "the file has too many program headers";
    case ElfError::ProgramHeadersOutsideFile:
        return "the program headers do not lie inside the file; was it cut short?";
    case ElfError::DynamicallyLinked:
        return "the program needs a dynamic linker; link it with -static";
    case ElfError::NoSegments:
        return "the program has no segment to load";
    case ElfError::TooManySegments:
        return "the program has too many segments to load";
    case ElfError::SegmentOutsideFile:
        return "the bytes of a segment do not lie inside the file; was it cut short?";
    case ElfError::SegmentSmallerThanItsBytes:
        return "a segment has more bytes in the file than in memory";
    case ElfError::SegmentWraps:
        return "a segment wraps round the end of the address space";
    case ElfError::SegmentInFirstPage:
        return "a segment lies in page 0, which stays unmapped to catch null pointers";
    case ElfError::SegmentInKernel:
        return "a segment reaches into the kernel's part of the address space";
    case ElfError::SegmentInStack:
        return "a segment reaches into the user stack or the free page below it";
    case ElfError::BadAlignment:
        return "a segment's alignment is not a power of two";
    case ElfError::SegmentMisaligned:
        return "a segment's address and file offset differ modulo its alignment or the page size";
    case ElfError::SegmentsOverlap:
        return "two segments overlap";
    case ElfError::SegmentsSharePage:
        return "two segments lie in the same page";
    case ElfError::EntryNotExecutable:
        return "the entry point does not lie in an executable segment";
    }
    return "the program is refused for an unknown reason";
}

} // namespace kernel::elf
