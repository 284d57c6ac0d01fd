// Regular files and symbolic links (chapter 15).
#include "files/file.hpp"

#include <cstring>
#include <new>

namespace kernel::files {

Result<std::uint32_t> File::write(std::uint64_t offset, Transfer& from) {
    touch();
    return contents_.write(offset, from);
}

Result<void> File::resize(std::uint64_t size) {
    touch();
    return contents_.resize(size);
}

Result<Reference<Node>> Link::create(std::string_view target) {
    if (target.empty()) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (target.size() >= PATH_MAX) {
        return std::unexpected(Error::NameTooLong);
    }
    auto* text = new (std::nothrow) char[target.size()];
    if (text == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    std::memcpy(text, target.data(), target.size());
    auto* link = new (std::nothrow) Link(text, static_cast<std::uint32_t>(target.size()));
    if (link == nullptr) {
        delete[] text;
        return std::unexpected(Error::OutOfMemory);
    }
    return Reference<Node>(link);
}

} // namespace kernel::files
