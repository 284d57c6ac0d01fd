// Program images: tells by its first bytes what kind of file a module is (chapters 11 and 14).
#include "program/image.hpp"

#include <cstring>
#include <string_view>

namespace kernel::image {
namespace {

/// Is `mark` at `offset` of the file?
bool has_mark(std::span<const std::byte> file, std::size_t offset, std::string_view mark) {
    return file.size() >= offset + mark.size() && std::memcmp(file.data() + offset, mark.data(), mark.size()) == 0;
}

} // namespace

Kind recognize(std::span<const std::byte> file) {
    if (file.empty()) {
        return Kind::Empty;
    }
    if (has_mark(file, 0,
                 "\x7F"
                 "ELF")) {
        return Kind::Elf;
    }
    // POSIX.1, pax, "ustar Interchange Format": the magic field lies at 257 of the first header.
    if (has_mark(file, 257, "ustar")) {
        return Kind::Tar;
    }
    return Kind::Flat;
}

} // namespace kernel::image
