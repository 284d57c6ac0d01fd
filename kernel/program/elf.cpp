// ELF programs: reads an ELF file's headers and refuses what must not be loaded (chapter 14).
#include "program/elf.hpp"

#include "lib/error.hpp"

#include <algorithm>
#include <cstring>

namespace kernel::elf {
namespace {

// The layouts and numbers are those of the System V ABI (gABI), chapter 4 "Object Files", and of
// its chapter 5 "Program Loading and Dynamic Linking"; the fields keep the manual's meaning, with
// whole words as names (e_phoff is program_header_offset, p_vaddr is address).

struct FileHeader {
    unsigned char magic[4];
    unsigned char word_size;  // e_ident[EI_CLASS]
    unsigned char byte_order; // e_ident[EI_DATA]
    unsigned char identification_version;
    unsigned char padding[9]; // the system and its ABI's version; glibc's static programs set them
    std::uint16_t type;
    std::uint16_t machine;
    std::uint32_t version;
    std::uint32_t entry;
    std::uint32_t program_header_offset;
    std::uint32_t section_header_offset;
    std::uint32_t flags;
    std::uint16_t header_size;
    std::uint16_t program_header_size;
    std::uint16_t program_header_count;
    std::uint16_t section_header_size;
    std::uint16_t section_header_count;
    std::uint16_t section_names_index;
};
static_assert(sizeof(FileHeader) == 52, "an ELF32 file header has 52 bytes");

struct ProgramHeader {
    std::uint32_t type;
    std::uint32_t offset; // of the segment's bytes in the file
    std::uint32_t address;
    std::uint32_t physical_address; // of no meaning here
    std::uint32_t file_size;
    std::uint32_t memory_size;
    std::uint32_t flags;
    std::uint32_t alignment;
};
static_assert(sizeof(ProgramHeader) == 32, "an ELF32 program header has 32 bytes");

struct SectionHeader {
    std::uint32_t name, type, flags, address;
    std::uint32_t offset, size; // of the section's bytes in the file
    std::uint32_t link;         // of a symbol table: the section with its names
    std::uint32_t information, alignment, entry_size;
};
static_assert(sizeof(SectionHeader) == 40, "an ELF32 section header has 40 bytes");

struct Symbol {
    std::uint32_t name; // offset in the section with the names
    std::uint32_t value, size;
    std::uint8_t type_and_binding, visibility;
    std::uint16_t section;
};
static_assert(sizeof(Symbol) == 16, "an ELF32 symbol has 16 bytes");

constexpr unsigned char elfclass32 = 1;
constexpr unsigned char elfdata2lsb = 1; // two's complement, least significant byte first
constexpr std::uint16_t et_exec = 2;
constexpr std::uint16_t et_dyn = 3;
constexpr std::uint16_t em_386 = 3;
constexpr std::uint32_t ev_current = 1;
constexpr std::uint32_t pt_load = 1;
constexpr std::uint32_t pt_dynamic = 2;
constexpr std::uint32_t pt_interp = 3;
constexpr std::uint32_t pf_x = 1;
constexpr std::uint32_t pf_w = 2;
constexpr std::uint32_t sht_symtab = 2;
constexpr std::uint32_t shf_execinstr = 4;
constexpr std::uint8_t stt_notype = 0; // what an assembler makes of a label
constexpr std::uint8_t stt_func = 2;

/// More sections or symbols are not looked at.
constexpr std::uint32_t maximum_sections = 128;
constexpr std::size_t maximum_symbols = 16384;

/// Copies a structure out of the file: nothing says that it is aligned there.
/// `offset + sizeof(T)` must not be larger than the file.
template <typename T>
T read(ByteSource file, std::size_t offset) {
    T value;
    file.subspan(offset, sizeof(T)).copy_to(&value);
    return value;
}

/// Do `size` bytes at `offset` lie inside the file? Written with a subtraction, since
/// `offset + size` may wrap round 2^32.
bool lies_within(ByteSource file, std::uint32_t offset, std::uint32_t size) {
    return offset <= file.size() && size <= file.size() - offset;
}

std::expected<FileHeader, ElfError> read_file_header(ByteSource file) {
    if (file.size() < sizeof(FileHeader)) {
        return std::unexpected(ElfError::TooShort);
    }
    const auto header = read<FileHeader>(file, 0);
    if (std::memcmp(header.magic,
                    "\x7F"
                    "ELF",
                    4) != 0) {
        return std::unexpected(ElfError::BadMagic);
    }
    if (header.word_size != elfclass32) {
        return std::unexpected(ElfError::Not32Bit);
    }
    if (header.byte_order != elfdata2lsb) {
        return std::unexpected(ElfError::NotLittleEndian);
    }
    if (header.identification_version != ev_current || header.version != ev_current) {
        return std::unexpected(ElfError::BadVersion);
    }
    if (header.machine != em_386) {
        return std::unexpected(ElfError::NotI386);
    }
    if (header.type == et_dyn) {
        return std::unexpected(ElfError::PositionIndependent);
    }
    if (header.type != et_exec) {
        return std::unexpected(ElfError::NotExecutable);
    }
    if (header.header_size != sizeof(FileHeader)) {
        return std::unexpected(ElfError::BadHeaderSize);
    }
    if (header.program_header_count == 0) {
        return std::unexpected(ElfError::NoProgramHeaders);
    }
    if (header.program_header_size != sizeof(ProgramHeader)) {
        return std::unexpected(ElfError::BadProgramHeaderSize);
    }
    if (header.program_header_count > maximum_headers) {
        return std::unexpected(ElfError::TooManyProgramHeaders);
    }
    if (!lies_within(file, header.program_header_offset,
                     header.program_header_count * std::uint32_t{sizeof(ProgramHeader)})) {
        return std::unexpected(ElfError::ProgramHeadersOutsideFile);
    }
    return header;
}

/// The same for a file that may be position-independent, too: the other checks are those of a file at fixed addresses, so
/// that is what it is said to be. They look at nothing but the header, and the file's size. (Chapter 20.)
std::expected<FileHeader, ElfError> read_any_header(ByteSource file) {
    if (!lies_within(file, 0, sizeof(FileHeader))) {
        return std::unexpected(ElfError::TooShort);
    }
    auto header = read<FileHeader>(file, 0);
    const std::uint16_t type = header.type;
    if (type == et_dyn) {
        header.type = et_exec;
    }
    const auto read_copy = [](const void* copy, std::size_t offset, std::span<std::byte> to) {
        std::memcpy(to.data(), static_cast<const std::byte*>(copy) + offset, to.size());
    };
    header = TRY(read_file_header(ByteSource(&header, read_copy, file.size())));
    header.type = type;
    return header;
}

/// Are the segment's place in memory and its place in the file equal modulo its alignment and
/// modulo the page size? A loader that maps the file's pages needs it. This one copies, but a file
/// that breaks the rule was damaged, or made by hand and wrong.
std::expected<void, ElfError> check_alignment(const ProgramHeader& header) {
    const std::uint32_t distance = header.address - header.offset; // modulo 2^32, as is meant
    // A power of two has one bit set. (std::has_single_bit would call libgcc on an i486.)
    if ((header.alignment & (header.alignment - 1)) != 0) {
        return std::unexpected(ElfError::BadAlignment);
    }
    if (header.alignment > 1 && distance % header.alignment != 0) {
        return std::unexpected(ElfError::SegmentMisaligned);
    }
    if (distance % PAGE_SIZE != 0) {
        return std::unexpected(ElfError::SegmentMisaligned);
    }
    return {};
}

/// Checks what can be said of a loadable segment by itself. Its memory_size must not be 0.
std::expected<Segment, ElfError> read_segment(ByteSource file, const ProgramHeader& header) {
    if (header.file_size > header.memory_size) {
        return std::unexpected(ElfError::SegmentSmallerThanItsBytes);
    }
    if (!lies_within(file, header.offset, header.file_size)) {
        return std::unexpected(ElfError::SegmentOutsideFile);
    }
    const std::uint32_t end = header.address + header.memory_size;
    if (end < header.address) {
        return std::unexpected(ElfError::SegmentWraps);
    }
    if (header.address < PAGE_SIZE) {
        return std::unexpected(ElfError::SegmentInFirstPage);
    }
    if (end > KERNEL_BASE) {
        return std::unexpected(ElfError::SegmentInKernel);
    }
    if (end > USER_MEMORY_END) {
        return std::unexpected(ElfError::SegmentInStack);
    }
    TRY(check_alignment(header));
    // Writable and executable at once is accepted: without an NX bit this processor executes
    // every page it can read, so that a refusal would protect nothing.
    return Segment{.start = VirtualAddress(header.address),
                   .size = header.memory_size,
                   .contents = file.subspan(header.offset, header.file_size),
                   .writable = (header.flags & pf_w) != 0,
                   .executable = (header.flags & pf_x) != 0};
}

/// A page has one set of permissions and is filled once, so no two segments may touch the same
/// one, even where their bytes lie apart. Linkers keep them on pages of their own.
std::expected<void, ElfError> check_apart(const Segment& one, const Segment& other) {
    if (one.start < other.end() && other.start < one.end()) {
        return std::unexpected(ElfError::SegmentsOverlap);
    }
    if (one.first_page() < other.end_page() && other.first_page() < one.end_page()) {
        return std::unexpected(ElfError::SegmentsSharePage);
    }
    return {};
}

} // namespace

std::expected<Executable, ElfError> parse(ByteSource file, VirtualAddress base) {
    const bool takes_all_kinds = base != VirtualAddress();
    const FileHeader header = TRY(takes_all_kinds ? read_any_header(file) : read_file_header(file));
    const std::uint32_t added = header.type == et_dyn ? base.value() : 0; // to each address, modulo 2^32
    Executable program;
    program.entry_ = VirtualAddress(header.entry) + added;
    program.header_count_ = header.program_header_count;
    bool entry_found = false;

    for (std::size_t i = 0; i < header.program_header_count; ++i) {
        auto entry = read<ProgramHeader>(file, header.program_header_offset + i * sizeof(ProgramHeader));
        if (!takes_all_kinds && (entry.type == pt_interp || entry.type == pt_dynamic)) {
            return std::unexpected(ElfError::DynamicallyLinked);
        }
        if (entry.type == pt_interp) {
            if (!lies_within(file, entry.offset, entry.file_size)) {
                return std::unexpected(ElfError::SegmentOutsideFile);
            }
            program.interpreter_ = file.subspan(entry.offset, entry.file_size);
        }
        if (entry.type != pt_load || (entry.memory_size == 0 && entry.file_size == 0)) {
            continue; // notes, the stack's permissions, thread-local storage, an empty segment
        }
        entry.address += added;
        const Segment segment = TRY(read_segment(file, entry));
        for (const Segment& earlier : program.segments()) {
            TRY(check_apart(earlier, segment));
        }
        if (program.count_ == maximum_segments) {
            return std::unexpected(ElfError::TooManySegments);
        }
        program.segments_[program.count_++] = segment;
        program.begin_ = std::min(program.begin_, segment.first_page());
        program.end_ = std::max(program.end_, segment.end());
        if (const std::uint32_t distance = header.program_header_offset - entry.offset; distance < entry.file_size) {
            program.headers_ = segment.start + distance;
        }
        program.pages_ += (segment.end_page().value() - segment.first_page().value()) / PAGE_SIZE;
        entry_found |= segment.executable && segment.start <= program.entry_ && program.entry_ < segment.end();
    }
    if (program.count_ == 0) {
        return std::unexpected(ElfError::NoSegments);
    }
    if (!entry_found) {
        return std::unexpected(ElfError::EntryNotExecutable);
    }
    return program;
}

namespace {

/// One without a size where there is none, or where its bytes do not lie inside the file.
SectionHeader read_section(ByteSource file, const FileHeader& header, std::uint32_t number) {
    const std::uint64_t offset =
        std::uint64_t{header.section_header_offset} + std::uint64_t{number} * sizeof(SectionHeader);
    if (number >= header.section_header_count || offset + sizeof(SectionHeader) > file.size()) {
        return {};
    }
    const auto section = read<SectionHeader>(file, static_cast<std::size_t>(offset));
    return lies_within(file, section.offset, section.size) ? section : SectionHeader();
}

} // namespace

SymbolTable::Place find_symbol(ByteSource file, std::uint32_t address) {
    static NameRoom room;
    const auto header = read_any_header(file);
    if (!header) {
        return {};
    }
    if (header->type == et_dyn) {
        address -= POSITION_INDEPENDENT_BASE; // its own addresses begin at 0
    }
    SectionHeader table{};            // the symbols
    std::uint32_t section_number = 0; // where `address` lies; no section with code has the number 0
    for (std::uint32_t number = 1; number < maximum_sections; ++number) {
        const SectionHeader section = read_section(file, *header, number);
        if (section.type == sht_symtab) {
            table = section;
        }
        if ((section.flags & shf_execinstr) != 0 && address - section.address < section.size) {
            section_number = number;
        }
    }
    const SectionHeader names = read_section(file, *header, table.link);
    const std::size_t count = std::min(table.size / sizeof(Symbol), maximum_symbols);
    Symbol nearest{}; // of those that do not begin after `address`
    std::array<Symbol, 32> some{};
    for (std::size_t done = 0; done < count; done += some.size()) {
        const auto piece = std::span(some).first(std::min(count - done, some.size()));
        file.subspan(table.offset + done * sizeof(Symbol), piece.size_bytes()).copy_to(piece.data());
        for (const Symbol& symbol : piece) {
            const std::uint32_t type = symbol.type_and_binding & 0xF;
            if ((type == stt_func || type == stt_notype) && symbol.section == section_number &&
                symbol.value <= address && symbol.value >= nearest.value) {
                nearest = symbol;
            }
        }
    }
    if (nearest.section == 0 || nearest.name >= names.size) {
        return {};
    }
    return {.function = room.read(file.subspan(names.offset + nearest.name, names.size - nearest.name)),
            .offset = address - nearest.value,
            .file = {},
            .line = 0,
            .is_code = true};
}

} // namespace kernel::elf
