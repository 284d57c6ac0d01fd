// Regular files and symbolic links (chapter 15).
#pragma once

#include "files/contents.hpp"
#include "files/node.hpp"

#include <memory>
#include <string_view>
#include <utility>

namespace kernel::files {

/// A regular file: bytes in page frames.
class File final : public Node {
public:
    explicit File(std::uint32_t permissions) : Node(Kind::File, permissions) {}

    [[nodiscard]] std::uint64_t size() const override { return contents_.size(); }
    [[nodiscard]] std::uint32_t frame_count() const override { return contents_.frame_count(); }
    Result<std::uint32_t> read(std::uint64_t offset, Transfer& to) override { return contents_.read(offset, to); }
    Result<std::uint32_t> write(std::uint64_t offset, Transfer& from) override;
    Result<void> resize(std::uint64_t size) override;
    [[nodiscard]] const std::byte* page(std::uint32_t number) const override { return contents_.page(number); }

private:
    Contents contents_;
};

/// A symbolic link: a path that is walked in its place.
class Link final : public Node {
public:
    /// NameTooLong for a target of PATH_MAX bytes and more, NoSuchFile for an empty one, OutOfMemory.
    [[nodiscard]] static Result<Reference<Node>> create(std::string_view target);
    Link(std::unique_ptr<char[]> text, std::size_t length)
        : Node(Kind::Link, 0777), text_(std::move(text)), length_(length) {}

    [[nodiscard]] std::uint64_t size() const override { return length_; }
    [[nodiscard]] std::string_view target() const override { return {text_.get(), length_}; }

private:
    std::unique_ptr<char[]> text_;
    std::size_t length_;
};

} // namespace kernel::files
