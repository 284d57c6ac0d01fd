// Regular files and symbolic links (chapter 15).
#include "files/file.hpp"

#include "memory/new.hpp"

#include <cstring>

namespace kernel::files {

Result<std::uint32_t> File::write(std::uint64_t offset, Transfer& from) {
    const Result<std::uint32_t> done = contents_.write(offset, from);
    if (done && *done > 0) {
        touch();
    }
    return done;
}

Result<void> File::resize(std::uint64_t size) {
    TRY(contents_.resize(size));
    touch();
    return {};
}

Result<Reference<Node>> Link::create(std::string_view target) {
    if (target.empty()) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (target.size() >= PATH_MAX) {
        return std::unexpected(Error::NameTooLong);
    }
    std::unique_ptr<char[]> text = TRY(allocate<char[]>(target.size()));
    std::memcpy(text.get(), target.data(), target.size());
    return Reference<Node>(TRY(allocate<Link>(std::move(text), target.size())));
}

} // namespace kernel::files
