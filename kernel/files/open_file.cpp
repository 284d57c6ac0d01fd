// Open files: a node, and the place in it that was reached (chapter 15).
#include "files/open_file.hpp"

#include <utility>

namespace kernel::files {

namespace {

constexpr std::uint32_t kept_flags = O_ACCMODE | O_APPEND | O_NONBLOCK;
constexpr std::uint32_t changeable_flags = O_APPEND | O_NONBLOCK;
constexpr std::uint64_t largest_place = 0x7FFF'FFFF'FFFF'FFFF; // of a signed 64-bit off_t

} // namespace

OpenFile::OpenFile(Reference<Node> node, std::uint32_t flags) : node_(std::move(node)), flags_(flags & kept_flags) {}

void OpenFile::set_flags(std::uint32_t flags) {
    flags_ = (flags_ & ~changeable_flags) | (flags & changeable_flags);
}

void OpenFile::forbid_waiting_if_asked(Transfer& transfer) const {
    if ((flags_ & O_NONBLOCK) != 0) {
        transfer.forbid_waiting();
    }
}

Result<std::uint32_t> OpenFile::read_at(std::uint64_t offset, Transfer& to) {
    if (!can_read()) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if (node_->kind() == Node::Kind::Directory) {
        return std::unexpected(Error::IsDirectory);
    }
    forbid_waiting_if_asked(to);
    return node_->read(offset, to);
}

Result<std::uint32_t> OpenFile::write_at(std::uint64_t offset, Transfer& from) {
    if (!can_write()) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    forbid_waiting_if_asked(from);
    // Linux, too, lets pwrite append to a file that was opened for appending.
    return node_->write((flags_ & O_APPEND) != 0 ? node_->size() : offset, from);
}

Result<std::uint32_t> OpenFile::read(Transfer& to) {
    const std::uint32_t done = TRY(read_at(place_, to));
    place_ += done;
    return done;
}

Result<std::uint32_t> OpenFile::write(Transfer& from) {
    if ((flags_ & O_APPEND) != 0) {
        place_ = node_->size();
    }
    const std::uint32_t done = TRY(write_at(place_, from));
    place_ += done;
    return done;
}

Result<std::uint64_t> OpenFile::seek(std::int64_t offset, std::uint32_t whence) {
    if (!node_->is_seekable()) {
        return std::unexpected(whence <= SEEK_END ? Error::IllegalSeek : Error::InvalidArgument);
    }
    std::uint64_t base = 0;
    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = place_;
        break;
    case SEEK_END:
        base = node_->size();
        break;
    default:
        return std::unexpected(Error::InvalidArgument);
    }
    // Both are at most largest_place in size, so the sum fits 64 bits without a sign; it may be too large or "negative".
    const std::uint64_t place = base + static_cast<std::uint64_t>(offset);
    if (place > largest_place) {
        return std::unexpected(Error::InvalidArgument);
    }
    place_ = place;
    return place_;
}

} // namespace kernel::files
