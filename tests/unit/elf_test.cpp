// The ELF parser: valid programs come out as they were put in, and each refusal has its reason
// (chapter 14). The files are made byte by byte, from the offsets in the System V ABI, so that
// nothing is shared with the parser's own structures.
#include "catch.hpp"
#include "program/elf.hpp"

#include "layout.h"

#include <cstring>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace elf = kernel::elf;
using elf::ElfError;
using kernel::VirtualAddress;

namespace {

constexpr std::uint32_t load = 1; // PT_LOAD
constexpr std::uint32_t x = 1;    // PF_X
constexpr std::uint32_t w = 2;    // PF_W
constexpr std::uint32_t r = 4;    // PF_R

// Where fields stand in the file header and in a program header.
constexpr std::size_t e_type = 16, e_machine = 18, e_version = 20, e_entry = 24, e_phoff = 28, e_ehsize = 40,
                      e_phentsize = 42, e_phnum = 44;

struct Header {
    std::uint32_t type = load;
    std::uint32_t offset = 0;
    std::uint32_t address = 0x08048000;
    std::uint32_t file_size = 0x200;
    std::uint32_t memory_size = 0x200;
    std::uint32_t flags = r | x;
    std::uint32_t alignment = 0x1000;
};

/// An ELF file under construction. The program headers follow the file header at once.
class File {
public:
    explicit File(std::initializer_list<Header> headers, std::size_t size = 0x1100) : bytes_(size) {
        for (std::size_t i = 0; i < size; ++i) {
            bytes_[i] = static_cast<std::byte>(i * 7 + i / 256);
        }
        std::memcpy(bytes_.data(),
                    "\x7F"
                    "ELF\1\1\1\0\0\0\0\0\0\0\0",
                    16);
        put16(e_type, 2);
        put16(e_machine, 3);
        put32(e_version, 1);
        put32(e_entry, 0x08048100);
        put32(e_phoff, 52);
        put16(e_ehsize, 52);
        put16(e_phentsize, 32);
        put16(e_phnum, headers.size());
        std::size_t place = 52;
        for (const Header& header : headers) {
            for (const std::uint32_t field : {header.type, header.offset, header.address, header.address,
                                              header.file_size, header.memory_size, header.flags, header.alignment}) {
                put32(place, field);
                place += 4;
            }
        }
    }
    File& put8(std::size_t offset, unsigned value) {
        bytes_.at(offset) = static_cast<std::byte>(value);
        return *this;
    }
    File& put16(std::size_t offset, std::size_t value) {
        return put8(offset, value & 0xFF).put8(offset + 1, value >> 8 & 0xFF);
    }
    File& put32(std::size_t offset, std::size_t value) {
        return put16(offset, value & 0xFFFF).put16(offset + 2, value >> 16 & 0xFFFF);
    }
    File& resize(std::size_t size) {
        bytes_.resize(size);
        bytes_.shrink_to_fit(); // so that AddressSanitizer sees every byte too far
        return *this;
    }
    std::span<const std::byte> bytes() const { return bytes_; }

private:
    std::vector<std::byte> bytes_;
};

const Header text{};
const Header data{.offset = 0x1000, .address = 0x0804A000, .file_size = 0x100, .memory_size = 0x1500, .flags = r | w};

/// A program of two segments, with nothing wrong.
File good() {
    return File({text, data});
}

/// A program of `text` and one more segment.
File with(const Header& header) {
    return File({text, header});
}

/// Why the file is refused, as a sentence: a failing test then shows words. Empty if it is not.
std::string refusal(const File& file) {
    const auto program = elf::parse(file.bytes());
    return program ? "" : std::string(describe(program.error()));
}
std::vector<std::byte> bytes_of(kernel::ByteSource source) {
    std::vector<std::byte> bytes(source.size());
    source.copy_to(bytes.data());
    return bytes;
}
std::string because(ElfError error) {
    return std::string(describe(error));
}

} // namespace

TEST_CASE("a good ELF program is described as the file says", "[elf]") {
    const File file = good();
    const auto program = elf::parse(file.bytes());
    REQUIRE(program);
    CHECK(program->entry() == VirtualAddress(0x08048100));
    CHECK(program->end() == VirtualAddress(0x0804B500));
    CHECK(program->pages() == 3);
    REQUIRE(program->segments().size() == 2);

    const kernel::Segment& first = program->segments()[0];
    CHECK(first.start == VirtualAddress(0x08048000));
    CHECK(first.size == 0x200);
    REQUIRE(first.contents.size() == 0x200);
    CHECK(bytes_of(first.contents) == bytes_of(file.bytes().first(0x200)));
    CHECK(first.executable);
    CHECK_FALSE(first.writable);

    const kernel::Segment& second = program->segments()[1];
    CHECK(second.start == VirtualAddress(0x0804A000));
    CHECK(second.size == 0x1500);
    REQUIRE(second.contents.size() == 0x100);
    CHECK(bytes_of(second.contents) == bytes_of(file.bytes().subspan(0x1000, 0x100)));
    CHECK_FALSE(second.executable);
    CHECK(second.writable);
    CHECK(second.end() == VirtualAddress(0x0804B500));
    CHECK(second.end_page() == VirtualAddress(0x0804C000));
}

TEST_CASE("the layouts that linkers make are accepted", "[elf]") {
    // GNU ld -z noseparate-code: data on the next page, at the same place within it as in the file.
    CHECK(refusal(with(
              {.offset = 0xFF4, .address = 0x08049FF4, .file_size = 0x10, .memory_size = 0x4E4C, .flags = r | w})) ==
          "");
    // GNU ld -N: one segment that is writable and executable, aligned to little.
    CHECK(refusal(File({{.offset = 0x94,
                         .address = 0x08048094,
                         .file_size = 0xAC,
                         .memory_size = 0x4ECC,
                         .flags = r | w | x,
                         .alignment = 0x20}})) == "");
    // A segment that is .bss alone has no bytes in the file.
    CHECK(refusal(with({.address = 0x0804A000, .file_size = 0, .memory_size = 0x2328})) == "");
    // Segments need not be sorted by address.
    CHECK(refusal(File({data, text})) == "");
}

TEST_CASE("the order of the segments does not change the end of the program", "[elf]") {
    const File file({data, text});
    CHECK(elf::parse(file.bytes())->end() == VirtualAddress(0x0804B500));
}

TEST_CASE("an ELF file may stand at any address in memory", "[elf]") {
    const File file = good();
    std::vector<std::byte> shifted(file.bytes().size() + 1);
    std::memcpy(shifted.data() + 1, file.bytes().data(), file.bytes().size());
    CHECK(elf::parse(kernel::ByteSource(std::span(shifted)).subspan(1))); // UBSan would see an unaligned read
}

TEST_CASE("headers that ask for no memory are ignored", "[elf]") {
    // An empty segment, a note, PT_GNU_STACK and PT_TLS; their fields are wild on purpose.
    const Header empty{.offset = 0xFFFFFFFF, .address = 0, .file_size = 0, .memory_size = 0};
    Header note{.type = 4, .offset = 0xFFFFFFF0, .file_size = 0x100};
    Header stack{.type = 0x6474E551, .address = 0xFFFFFFFF};
    Header local{.type = 7, .address = 0xC0000000};
    const File file({empty, note, stack, local, text});
    const auto program = elf::parse(file.bytes());
    REQUIRE(program);
    CHECK(program->segments().size() == 1);
}

TEST_CASE("no part of an ELF header makes an ELF file", "[elf]") {
    for (std::size_t size = 0; size < 52; ++size) {
        CHECK(refusal(good().resize(size)) == because(ElfError::TooShort));
    }
    CHECK(refusal(good().resize(52)) == because(ElfError::ProgramHeadersOutsideFile));
}

TEST_CASE("each field of the ELF identification is checked", "[elf]") {
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(refusal(good().put8(i, 'e')) == because(ElfError::BadMagic));
    }
    CHECK(refusal(good().put8(4, 0)) == because(ElfError::Not32Bit));
    CHECK(refusal(good().put8(4, 2)) == because(ElfError::Not32Bit));
    CHECK(refusal(good().put8(5, 0)) == because(ElfError::NotLittleEndian));
    CHECK(refusal(good().put8(5, 2)) == because(ElfError::NotLittleEndian));
    CHECK(refusal(good().put8(6, 0)) == because(ElfError::BadVersion));
    CHECK(refusal(good().put8(6, 2)) == because(ElfError::BadVersion));
    CHECK(refusal(good().put32(e_version, 0)) == because(ElfError::BadVersion));
    CHECK(refusal(good().put32(e_version, 0x101)) == because(ElfError::BadVersion));
    CHECK(refusal(good().put8(7, 3)) == ""); // ELFOSABI_GNU: static programs with glibc have it
}

TEST_CASE("only executables for the i386 are loaded", "[elf]") {
    CHECK(refusal(good().put16(e_type, 3)) == because(ElfError::PositionIndependent));
    for (const unsigned type : {0U, 1U, 4U, 0x102U, 0xFFFFU}) {
        CHECK(refusal(good().put16(e_type, type)) == because(ElfError::NotExecutable));
    }
    for (const unsigned machine : {0U, 6U, 62U, 0x103U}) {
        CHECK(refusal(good().put16(e_machine, machine)) == because(ElfError::NotI386));
    }
}

TEST_CASE("the sizes of the ELF headers must be those of ELF32", "[elf]") {
    for (const unsigned size : {0U, 51U, 53U, 64U, 0xFFFFU}) {
        CHECK(refusal(good().put16(e_ehsize, size)) == because(ElfError::BadHeaderSize));
    }
    for (const unsigned size : {0U, 31U, 33U, 56U, 0x120U}) {
        CHECK(refusal(good().put16(e_phentsize, size)) == because(ElfError::BadProgramHeaderSize));
    }
}

TEST_CASE("the number of program headers has limits", "[elf]") {
    CHECK(refusal(good().put16(e_phnum, 0)) == because(ElfError::NoProgramHeaders));
    // Zeroed headers are of type PT_NULL, which is ignored.
    File many = good().resize(52).resize(0x1100).put16(e_phnum, elf::maximum_headers);
    CHECK(refusal(many) == because(ElfError::NoSegments));
    CHECK(refusal(many.put16(e_phnum, elf::maximum_headers + 1)) == because(ElfError::TooManyProgramHeaders));
    many.resize(0x1100 + 0xFFFF * 32);
    CHECK(refusal(many.put16(e_phnum, 0xFFFF)) == because(ElfError::TooManyProgramHeaders));
}

TEST_CASE("the table of program headers must lie in the file", "[elf]") {
    CHECK(refusal(File({text}).put32(e_phoff, 0x10E1)) == because(ElfError::ProgramHeadersOutsideFile));
    CHECK(refusal(File({text}).put32(e_phoff, 0x1100)) == because(ElfError::ProgramHeadersOutsideFile));
    CHECK(refusal(File({text}).put32(e_phoff, 0xFFFFFFE0)) == // ends at 2^32: wraps to 0
          because(ElfError::ProgramHeadersOutsideFile));
    CHECK(refusal(File({text}).put32(e_phoff, 0xFFFFFFFF)) == because(ElfError::ProgramHeadersOutsideFile));
    // The last place where one fits: a header of zeroes is ignored, so nothing is left to load.
    File last({text}, 0x1000);
    CHECK(refusal(last.resize(0x1100).put32(e_phoff, 0x10E0)) == because(ElfError::NoSegments));
}

TEST_CASE("dynamically linked programs are refused as such", "[elf]") {
    CHECK(refusal(File({{.type = 3}, text})) == because(ElfError::DynamicallyLinked));
    CHECK(refusal(File({text, {.type = 2}})) == because(ElfError::DynamicallyLinked));
}

TEST_CASE("a program must have something to load", "[elf]") {
    CHECK(refusal(File({{.type = 4}})) == because(ElfError::NoSegments));
    CHECK(refusal(File({{.file_size = 0, .memory_size = 0}})) == because(ElfError::NoSegments));
}

TEST_CASE("sixteen segments can be loaded, seventeen not", "[elf]") {
    File file({text});
    for (std::uint32_t i = 1; i <= elf::maximum_segments; ++i) {
        const std::size_t place = 52 + 32 * i;
        std::uint32_t field = 0;
        for (const std::uint32_t value : {load, 0U, text.address + i * 0x1000, 0U, 0U, 1U, r, 1U}) {
            file.put32(place + 4 * field++, value);
        }
    }
    CHECK(refusal(file.put16(e_phnum, elf::maximum_segments)) == "");
    CHECK(elf::parse(file.bytes())->segments().size() == elf::maximum_segments);
    CHECK(elf::parse(file.bytes())->pages() == elf::maximum_segments);
    CHECK(refusal(file.put16(e_phnum, elf::maximum_segments + 1)) == because(ElfError::TooManySegments));
}

TEST_CASE("a segment's bytes must lie in the file", "[elf]") {
    Header header = data;
    CHECK(refusal(with(header)) == ""); // its bytes end where the file ends
    header.file_size = 0x101;
    CHECK(refusal(with(header)) == because(ElfError::SegmentOutsideFile));
    header.offset = 0x2000;
    header.file_size = 1;
    CHECK(refusal(with(header)) == because(ElfError::SegmentOutsideFile));
    header.file_size = 0;
    CHECK(refusal(with(header)) == because(ElfError::SegmentOutsideFile));
    header.offset = 0xFFFFF000; // offset + size is 2^32 + 0x100: wraps to a place inside the file
    header.file_size = header.memory_size = 0x1100;
    CHECK(refusal(with(header)) == because(ElfError::SegmentOutsideFile));
    header.offset = 0x1000; // the same with a good offset and a wild size, for which there is no room in memory either
    header.file_size = header.memory_size = 0xFFFFF010;
    const std::set<std::string> either{because(ElfError::SegmentOutsideFile), because(ElfError::SegmentWraps)};
    CHECK(either.contains(refusal(with(header))));
    CHECK(refusal(good().resize(0x10FF)) == because(ElfError::SegmentOutsideFile));
}

TEST_CASE("a segment has at least as many bytes in memory as in the file", "[elf]") {
    Header header = data;
    header.memory_size = header.file_size;
    CHECK(refusal(with(header)) == "");
    header.memory_size = header.file_size - 1;
    CHECK(refusal(with(header)) == because(ElfError::SegmentSmallerThanItsBytes));
    header.memory_size = 0;
    CHECK(refusal(with(header)) == because(ElfError::SegmentSmallerThanItsBytes));
}

TEST_CASE("a segment must not wrap round the address space", "[elf]") {
    Header header = data;
    header.memory_size = 0xFFFFFFFF;
    CHECK(refusal(with(header)) == because(ElfError::SegmentWraps));
    header.memory_size = 0 - header.address; // ends at 2^32 exactly
    CHECK(refusal(with(header)) == because(ElfError::SegmentWraps));
    header.memory_size -= 1;
    CHECK(refusal(with(header)) == because(ElfError::SegmentInKernel));
}

TEST_CASE("page 0 stays free", "[elf]") {
    Header header{.address = 0};
    CHECK(refusal(with(header)) == because(ElfError::SegmentInFirstPage));
    header.address = header.offset = 0xFFF;
    header.file_size = header.memory_size = 1;
    CHECK(refusal(with(header)) == because(ElfError::SegmentInFirstPage));
    header.address = 0x1000;
    header.offset = 0;
    CHECK(refusal(with(header)) == "");
}

TEST_CASE("a segment must not reach into the kernel or the stack", "[elf]") {
    Header header = data;
    header.file_size = 0;
    const auto up_to = [&](std::uint32_t end) {
        header.memory_size = end - header.address;
        return refusal(with(header));
    };
    CHECK(up_to(USER_STACK_BOTTOM - PAGE_SIZE) == "");
    CHECK(up_to(USER_STACK_BOTTOM - PAGE_SIZE + 1) == because(ElfError::SegmentInStack));
    CHECK(up_to(USER_STACK_BOTTOM) == because(ElfError::SegmentInStack));
    CHECK(up_to(KERNEL_BASE) == because(ElfError::SegmentInStack));
    CHECK(up_to(KERNEL_BASE + 1) == because(ElfError::SegmentInKernel));
    header.address = KERNEL_BASE;
    CHECK(up_to(KERNEL_BASE + 1) == because(ElfError::SegmentInKernel));
    header.address = 0xFFFFF000;
    CHECK(up_to(0xFFFFF001) == because(ElfError::SegmentInKernel));
    header.address = USER_STACK_BOTTOM - PAGE_SIZE;
    CHECK(up_to(USER_STACK_BOTTOM) == because(ElfError::SegmentInStack));
}

TEST_CASE("the largest program there can be is counted right", "[elf]") {
    const std::uint32_t size = USER_STACK_BOTTOM - PAGE_SIZE - 0x1000;
    const File file({{.address = 0x1000, .memory_size = size}});
    const auto program = elf::parse(file.bytes());
    REQUIRE(program);
    CHECK(program->pages() == size / PAGE_SIZE);
    CHECK(program->end() == VirtualAddress(USER_STACK_BOTTOM - PAGE_SIZE));
}

TEST_CASE("address and offset of a segment agree modulo its alignment and the page", "[elf]") {
    Header header = data;
    for (const std::uint32_t alignment : {0U, 1U, 2U, 0x1000U}) {
        header.alignment = alignment;
        CHECK(refusal(with(header)) == "");
    }
    for (const std::uint32_t alignment : {3U, 0xFFFU, 0x1001U, 0x3000U, 0xFFFFFFFFU}) {
        header.alignment = alignment;
        CHECK(refusal(with(header)) == because(ElfError::BadAlignment));
    }
    header.alignment = 0x10000; // 0x0804A000 and 0x1000 differ by 0x9000 modulo that
    CHECK(refusal(with(header)) == because(ElfError::SegmentMisaligned));
    header.address = 0x08051000;
    CHECK(refusal(with(header)) == "");
    header.alignment = 0x80000000;
    CHECK(refusal(with(header)) == because(ElfError::SegmentMisaligned));
    header.alignment = 4; // agrees modulo that, but not modulo the page
    header.address = 0x08051004;
    CHECK(refusal(with(header)) == because(ElfError::SegmentMisaligned));
    header.alignment = 0;
    CHECK(refusal(with(header)) == because(ElfError::SegmentMisaligned));
    header.address = 0x08051800; // half a page off
    CHECK(refusal(with(header)) == because(ElfError::SegmentMisaligned));
}

TEST_CASE("segments must not overlap", "[elf]") {
    Header header = data;
    const auto at = [&](std::uint32_t address, std::uint32_t size) {
        header.address = address;
        header.memory_size = size;
        header.offset = address % PAGE_SIZE;
        header.file_size = 0;
        const std::string one = refusal(File({text, header}));
        CHECK(one == refusal(File({header, text}))); // whichever comes first
        return one;
    };
    // `text` takes 0x08048000 to 0x080481FF.
    CHECK(at(0x08048000, 0x200) == because(ElfError::SegmentsOverlap));
    CHECK(at(0x080481FF, 1) == because(ElfError::SegmentsOverlap));
    CHECK(at(0x08048100, 1) == because(ElfError::SegmentsOverlap));
    CHECK(at(0x08047000, 0x1001) == because(ElfError::SegmentsOverlap));
    CHECK(at(0x08047000, 0x5000) == because(ElfError::SegmentsOverlap));
    CHECK(at(0x08048200, 1) == because(ElfError::SegmentsSharePage));
    CHECK(at(0x08048FFF, 0x1000) == because(ElfError::SegmentsSharePage));
    CHECK(at(0x08049000, 1) == "");
    CHECK(at(0x08047000, 0x1000) == "");
}

TEST_CASE("each pair of segments is compared", "[elf]") {
    Header third = data;
    CHECK(refusal(File({text, data, third})) == because(ElfError::SegmentsOverlap));
    third.address = 0x0804C000;
    CHECK(refusal(File({text, data, third})) == "");
    CHECK(refusal(File({text, third, text})) == because(ElfError::SegmentsOverlap));
}

TEST_CASE("the entry point must lie in an executable segment", "[elf]") {
    CHECK(refusal(good().put32(e_entry, 0x08048000)) == "");
    CHECK(refusal(good().put32(e_entry, 0x080481FF)) == "");
    for (const std::uint32_t entry : {0U, 0x08047FFFU, 0x08048200U, 0x0804A000U /* data */, 0xC0100000U, 0xFFFFFFFFU}) {
        CHECK(refusal(good().put32(e_entry, entry)) == because(ElfError::EntryNotExecutable));
    }
    CHECK(refusal(File({{.flags = r | w}})) == because(ElfError::EntryNotExecutable));
}

TEST_CASE("every reason has a sentence of its own", "[elf]") {
    std::set<std::string> sentences;
    for (int i = 0; i <= static_cast<int>(ElfError::EntryNotExecutable); ++i) {
        const std::string sentence = because(static_cast<ElfError>(i));
        CHECK(sentence.find("unknown") == std::string::npos);
        CHECK(sentences.insert(sentence).second);
    }
}

TEST_CASE("with a base, dynamically linked programs are taken, and those without fixed addresses moved there",
          "[elf]") {
    constexpr VirtualAddress base(0x5655'5000);
    File file({{.type = 3, .offset = 0x1080, .address = 0x1080, .file_size = 0x13}, {.address = 0}, {.type = 2}});
    file.put32(e_entry, 0x100);
    CHECK(!elf::parse(file.bytes(), base)); // its type says that the addresses are fixed
    const auto moved = elf::parse(file.put16(e_type, 3).bytes(), base);
    REQUIRE(moved);
    CHECK(moved->begin() == base);
    CHECK(moved->entry() == base + 0x100);
    CHECK(moved->end() == base + 0x200);
    CHECK(moved->headers() == base + 52);
    CHECK(bytes_of(moved->interpreter()) == bytes_of(kernel::ByteSource(file.bytes()).subspan(0x1080, 0x13)));
    const auto fixed = elf::parse(File({{.type = 2}, text, data}).bytes(), base);
    REQUIRE(fixed);
    CHECK(fixed->begin() == VirtualAddress(0x08048000));
    CHECK(fixed->entry() == VirtualAddress(0x08048100));
    CHECK(fixed->interpreter().empty());
}

TEST_CASE("with a base, nothing more is believed than without", "[elf]") {
    constexpr VirtualAddress base(0x5655'5000);
    const auto refused = [&](File file) {
        const auto program = elf::parse(file.put16(e_type, 3).bytes(), base);
        return program ? "" : std::string(describe(program.error()));
    };
    CHECK(refused(File({text}).resize(51)) == because(ElfError::TooShort));
    CHECK(refused(File({text}).put16(e_machine, 62)) == because(ElfError::NotI386));
    CHECK(refused(File({text}).put16(e_phnum, 0)) == because(ElfError::NoProgramHeaders));
    CHECK(refused(File({{.type = 3, .offset = 0x1100, .file_size = 1}, text})) ==
          because(ElfError::SegmentOutsideFile));
    CHECK(refused(File({{.address = 0x6FFF'F000}})) == because(ElfError::SegmentInKernel));
    CHECK(refused(File({{.address = 0xA9AA'B000}})) == because(ElfError::SegmentInFirstPage)); // base + address is 2^32
    CHECK(elf::parse(File({text}).put16(e_type, 1).bytes(), base).error() == ElfError::NotExecutable);
}

TEST_CASE("a program's headers are where a segment of the file has them", "[elf]") {
    const auto with = elf::parse(File({Header{}}).bytes());
    REQUIRE(with);
    CHECK(with->headers() == VirtualAddress(0x08048000 + 52));
    CHECK(with->header_count() == 1);
    const auto without = elf::parse(File({Header{.offset = 0x1000, .file_size = 0x100}}, 0x1100).bytes());
    REQUIRE(without);
    CHECK(without->headers() == VirtualAddress(0));
}

namespace {

/// A program with two sections of code and the symbols of both, at 0x200: the section headers, at 0x300 the symbols, at
/// 0x400 their names.
class FileWithSymbols : public File {
public:
    FileWithSymbols() : File({text}) {
        put32(e_shoff, 0x200).put16(e_shnum, 5);
        section(0, 0, 0, 0, 0, 0, 0);
        section(1, 1, code, 0x08048080, 0x80, 0x100, 0);
        section(2, 2, 0, 0, 0x300, 6 * 16, 3);
        section(3, 3, 0, 0, 0x400, 16, 0);
        section(4, 1, code, 0x08048180, 0x180, 0x80, 0);
        for (std::size_t i = 0; i < 16; ++i) {
            put8(0x400 + i, static_cast<unsigned char>("\0main\0local\0odd"[i]));
        }
        symbol(0, 0, 0, 0, 0);
        symbol(1, 1, 0x08048100, 2, 1);
        symbol(2, 6, 0x08048090, 0, 1);  // a label of assembly
        symbol(3, 12, 0x08048110, 1, 1); // a variable
        symbol(4, 12, 0x08048110, 2, 3); // of a section without code
        symbol(5, 12, 0x080481A0, 2, 4);
    }

    std::string found(std::uint32_t address) const {
        const auto place = elf::find_symbol(bytes(), address);
        CHECK((place.is_code || place.function.empty()));
        return place.function.empty() ? "" : std::string(place.function) + "+" + std::to_string(place.offset);
    }

private:
    static constexpr std::size_t e_shoff = 32, e_shnum = 48;
    static constexpr std::uint32_t code = 4; // SHF_EXECINSTR

    void section(std::size_t number, std::uint32_t type, std::uint32_t flags, std::uint32_t address,
                 std::uint32_t offset, std::uint32_t size, std::uint32_t link) {
        std::size_t place = 0x200 + number * 40;
        for (const std::uint32_t field : {0U, type, flags, address, offset, size, link, 0U, 0U, 0U}) {
            put32(place, field);
            place += 4;
        }
    }
    void symbol(std::size_t number, std::uint32_t name, std::uint32_t value, std::uint32_t type,
                std::uint32_t section) {
        const std::size_t place = 0x300 + number * 16;
        put32(place, name).put32(place + 4, value).put32(place + 8, 0).put16(place + 12, type);
        put16(place + 14, section);
    }
};

} // namespace

TEST_CASE("an address is found in the function that begins last before it, of the same section", "[elf]") {
    const FileWithSymbols file;
    CHECK(elf::parse(file.bytes()));
    CHECK(file.found(0x0804807F).empty());
    CHECK(file.found(0x0804808F).empty());
    CHECK(file.found(0x08048090) == "local+0");
    CHECK(file.found(0x080480FF) == "local+111");
    CHECK(file.found(0x08048100) == "main+0");
    CHECK(file.found(0x0804817F) == "main+127");
    CHECK(file.found(0x08048180).empty());
    CHECK(file.found(0x080481FF) == "odd+95"); // its name ends with the file's names
    CHECK(file.found(0x08048200).empty());
}

TEST_CASE("whatever a table of symbols says, the worst is that nothing is found", "[elf]") {
    // The section headers' place and number, and each field of the headers, of one symbol and of its name.
    for (const std::uint32_t value : {0U, 1U, 0xFFU, 0x10F8U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
        for (std::size_t offset = 32; offset < 0x410; offset += offset == 48 ? 0x200 - 48 : 4) {
            FileWithSymbols file;
            if (offset < 36 || offset >= 48) {
                file.put32(offset, value);
            }
            file.resize(0x1100); // its last byte is the last that may be read
            CHECK(file.found(0x08048105).size() <= 256);
        }
    }
}
