// Program images: tells by its first bytes what kind of file a module is (chapters 11 and 14).
#include "program/image.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace kernel::image {
namespace {

/// Is `mark` at `offset` of the file?
bool has_mark(ByteSource file, std::size_t offset, std::string_view mark) {
    char bytes[8];
    if (file.size() < offset + mark.size()) {
        return false;
    }
    file.subspan(offset, mark.size()).copy_to(bytes);
    return std::memcmp(bytes, mark.data(), mark.size()) == 0;
}

/// Whether the file begins with a line of text, or is one: a flat binary soon has bytes that no text has.
bool begins_with_text(ByteSource file) {
    char bytes[64];
    const auto beginning = std::span(bytes).first(std::min(file.size(), sizeof(bytes)));
    file.first(beginning.size()).copy_to(bytes);
    for (const char byte : beginning) {
        if (byte == '\n') {
            return true;
        }
        if (byte != '\t' && (byte < ' ' || byte > '~')) {
            return false;
        }
    }
    return true;
}

} // namespace

Kind recognize(ByteSource file) {
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
    return begins_with_text(file) ? Kind::Text : Kind::Flat;
}

} // namespace kernel::image
