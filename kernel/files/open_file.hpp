// Open files: a node, and the place in it that was reached (chapter 15).
#pragma once

#include "files/node.hpp"
#include "lib/reference.hpp"

#include <cstdint>

namespace kernel::files {

/// One of those who can write to a node, if it is given one: what counts it as long as it lives.
class Writer {
public:
    explicit Writer(Node* node) : node_(node) {
        if (node_ != nullptr) {
            node_->add_writer();
        }
    }
    ~Writer() {
        if (node_ != nullptr) {
            node_->remove_writer();
        }
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

private:
    Node* node_;
};

/// What open(2) makes: POSIX's open file description. Descriptors that dup or fork made refer to the same one, so they
/// share the place in the file.
class OpenFile final : public Counted {
public:
    /// `flags` are open(2)'s; of them the access mode, O_APPEND and O_NONBLOCK are kept. Who opens for writing has asked whether
    /// the node may be written.
    OpenFile(Reference<Node> node, std::uint32_t flags);

    [[nodiscard]] Node& node() const { return *node_; }
    [[nodiscard]] std::uint32_t flags() const { return flags_; }
    /// fcntl's F_SETFL: O_APPEND and O_NONBLOCK, the rest stays.
    void set_flags(std::uint32_t flags);
    /// Access mode 3 is Linux's for ioctl only.
    [[nodiscard]] bool can_read() const { return (flags_ & O_WRONLY) == 0; }
    [[nodiscard]] bool can_write() const { return mode() == O_WRONLY || mode() == O_RDWR; }

    /// From or to the place, which moves on. BadFileDescriptor if the file was not opened for that, IsDirectory. Each
    /// read and write comes here, so the two functions below are compiled into these.
    [[nodiscard, gnu::flatten]] Result<std::uint32_t> read(Transfer& to);
    [[nodiscard, gnu::flatten]] Result<std::uint32_t> write(Transfer& from);
    /// At a place of the caller's own: pread and pwrite. Also IllegalSeek.
    [[nodiscard]] Result<std::uint32_t> read_at(std::uint64_t offset, Transfer& to);
    [[nodiscard]] Result<std::uint32_t> write_at(std::uint64_t offset, Transfer& from);
    /// lseek: the new place. InvalidArgument for one that is negative or an unknown `whence`, IllegalSeek.
    [[nodiscard]] Result<std::uint64_t> seek(std::int64_t offset, std::uint32_t whence);

    [[nodiscard]] std::uint64_t place() const { return place_; }
    void set_place(std::uint64_t place) { place_ = place; }

private:
    [[nodiscard]] std::uint32_t mode() const { return flags_ & O_ACCMODE; }
    void forbid_waiting_if_asked(Transfer& transfer) const;

    Reference<Node> node_;
    std::uint32_t flags_;
    std::uint64_t place_ = 0;
    Writer writer_{can_write() ? node_.get() : nullptr};
};

} // namespace kernel::files
