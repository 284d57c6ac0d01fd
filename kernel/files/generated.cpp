// Generated files: what they say is made when they are read, and what directories list when they are listed (chapter 18).
#include "files/generated.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace kernel::files {

void Text::put(char character) {
    if (size_ == room_) {
        const std::uint32_t room = std::max(2 * room_, std::uint32_t{256});
        std::unique_ptr<char[]> bytes(new (std::nothrow) char[room]);
        if (bytes == nullptr) {
            is_cut_off_ = true;
            return;
        }
        std::copy(bytes_.get(), bytes_.get() + size_, bytes.get());
        bytes_ = std::move(bytes);
        room_ = room;
    }
    bytes_[size_++] = character;
}

Result<std::uint32_t> GeneratedFile::read(std::uint64_t offset, Transfer& to) {
    if (offset == 0 || text_.all().empty()) {
        Text text;
        TRY(make_text_(key_, text));
        if (text.is_cut_off()) {
            return std::unexpected(Error::OutOfMemory);
        }
        text_ = std::move(text);
    }
    const auto begin = static_cast<std::size_t>(std::min<std::uint64_t>(offset, text_.all().size()));
    const auto rest = text_.all().subspan(begin);
    const auto part = rest.first(std::min<std::size_t>(rest.size(), to.left()));
    TRY(to.put(std::as_bytes(part)));
    return static_cast<std::uint32_t>(part.size());
}

Result<Reference<Node>> GeneratedDirectory::look_up(std::string_view name) {
    Reference<Node> dots = find(name);
    return dots ? dots : make(name);
}

Result<Directory::Listed> GeneratedDirectory::next(std::uint32_t position) {
    // None has a name after it. lseek may ask for more, but no sum with a position must wrap round.
    constexpr std::uint32_t last_position = 0x7FFFFFFF;
    Listed listed = TRY(Directory::next(position));
    while (!listed.node && position < last_position) {
        listed.name = name_after(position, name_);
        if (listed.name.empty()) {
            return Listed{};
        }
        listed.node = TRY(make(listed.name)); // nothing if it has gone meanwhile: then there may be another one
        listed.position = position;
    }
    return listed;
}

} // namespace kernel::files
