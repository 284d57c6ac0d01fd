// Tar archives: the form in which the root file system comes to the kernel (chapter 15).
#include "files/tar.hpp"

#include <algorithm>
#include <cstring>

namespace kernel::files {

namespace {

constexpr std::size_t block_size = 512;

struct Header {
    char name[100];
    char mode[8]; // numbers are octal digits
    char uid[8];
    char gid[8];
    char size[12];
    char mtime[12];
    char checksum[8];
    char type;
    char target[100];
    char magic[6];
    char version[2];
    char owner[32];
    char group[32];
    char major[8];
    char minor[8];
    char prefix[155];
    char padding[12];
};
static_assert(sizeof(Header) == block_size);

template <std::size_t Size>
std::string_view text(const char (&field)[Size]) {
    return {field, static_cast<std::size_t>(std::find(field, field + Size, '\0') - field)};
}

/// Octal digits, with blanks or NULs around them; nothing if there is anything else, no digit, or a value over 32 bits.
template <std::size_t Size>
std::optional<std::uint32_t> number(const char (&field)[Size]) {
    const std::string_view all(field, Size);
    constexpr std::string_view blank(" \0", 2);
    const std::size_t begin = std::min(all.find_first_not_of(blank), Size);
    const std::size_t end = std::min(all.find_first_of(blank, begin), Size);
    if (begin == end || all.find_first_not_of(blank, end) != all.npos) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char digit : all.substr(begin, end - begin)) {
        if (digit < '0' || digit > '7') {
            return std::nullopt;
        }
        value = value * 8 + static_cast<unsigned>(digit - '0');
        if (value > 0xFFFF'FFFF) {
            return std::nullopt;
        }
    }
    return static_cast<std::uint32_t>(value);
}

/// The sum of the header's bytes, those of the checksum itself taken as blanks.
std::uint32_t checksum(const Header& header) {
    std::uint32_t sum = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(&header);
    for (std::size_t i = 0; i < sizeof(header); ++i) {
        const bool is_checksum = i >= offsetof(Header, checksum) && i < offsetof(Header, type);
        sum += is_checksum ? ' ' : bytes[i];
    }
    return sum;
}

TarEntry::Kind kind_of(char type) {
    switch (type) {
    case '0':
    case '\0':
        return TarEntry::Kind::File;
    case '1':
        return TarEntry::Kind::HardLink;
    case '2':
        return TarEntry::Kind::SymbolicLink;
    case '5':
        return TarEntry::Kind::Directory;
    default:
        return TarEntry::Kind::Other;
    }
}

} // namespace

std::expected<std::optional<TarEntry>, std::string_view> TarReader::next() {
    if (rest_.empty()) {
        return std::nullopt; // without the two blocks of zeros that should be there
    }
    if (rest_.size() < block_size) {
        return std::unexpected("it ends within a header");
    }
    const auto& header = *reinterpret_cast<const Header*>(rest_.data()); // only characters: any address will do
    const auto* bytes = reinterpret_cast<const char*>(rest_.data());
    if (std::all_of(bytes, bytes + block_size, [](char byte) { return byte == '\0'; })) {
        return std::nullopt;
    }
    if (text(header.magic) != "ustar") {
        return std::unexpected("a header is not in the ustar format");
    }
    if (number(header.checksum) != checksum(header)) {
        return std::unexpected("a header's checksum is wrong");
    }
    const auto size = number(header.size);
    const auto mode = number(header.mode);
    if (!size || !mode) {
        return std::unexpected("a header's size or mode is not an octal number");
    }
    const TarEntry::Kind kind = kind_of(header.type);
    rest_ = rest_.subspan(block_size);
    // Links and directories have no contents, whatever their size says.
    const bool has_contents = kind == TarEntry::Kind::File || kind == TarEntry::Kind::Other;
    const std::uint32_t bytes_here = has_contents ? *size : 0;
    if (bytes_here > rest_.size()) {
        return std::unexpected("it ends within a file");
    }
    TarEntry entry{.kind = kind,
                   .prefix = text(header.prefix),
                   .name = text(header.name),
                   .target = text(header.target),
                   .mode = *mode,
                   .modified = number(header.mtime).value_or(0),
                   .contents = rest_.first(bytes_here)};
    // Contents fill whole blocks; the last archive's block may be cut off.
    const std::size_t blocks = (std::size_t{bytes_here} + block_size - 1) / block_size * block_size;
    rest_ = rest_.subspan(std::min(blocks, rest_.size()));
    return entry;
}

} // namespace kernel::files
