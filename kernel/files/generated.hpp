// Generated files: what they say is made when they are read, and what directories list when they are listed (chapter 18).
#pragma once

#include "files/directory.hpp"
#include "lib/format.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace kernel::files {

/// A text that grows on the heap.
class Text {
public:
    template <typename... Arguments>
    void print(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
        const FormatArgument list[] = {to_argument(arguments)..., FormatArgument(0)};
        format_to([](char character, void* text) { static_cast<Text*>(text)->put(character); }, this, format.text(),
                  std::span(list, sizeof...(arguments)));
    }
    void put(char character);

    [[nodiscard]] std::span<const char> all() const { return {bytes_.get(), size_}; }
    /// Whether a part is missing, because there was no memory for it.
    [[nodiscard]] bool is_cut_off() const { return is_cut_off_; }

private:
    std::unique_ptr<char[]> bytes_;
    std::uint32_t size_ = 0;
    std::uint32_t room_ = 0;
    bool is_cut_off_ = false;
};

/// Writes what there is to say about `key`: the number of a process, for instance. NoProcess if it is gone.
using Write = Result<void> (*)(std::int32_t key, Text& to);

/// A file without contents of its own. A read from its beginning makes the text; reads further on get the rest of the same
/// text, however the kernel has changed meanwhile. Errors of a read: what `make_text` returns, and OutOfMemory.
class GeneratedFile final : public Node {
public:
    GeneratedFile(std::uint32_t number, Write make_text, std::int32_t key)
        : Node(Kind::File, 0444, number), make_text_(make_text), key_(key) {
        add_link(); // there is a name for it, though no directory keeps it
    }
    Result<std::uint32_t> read(std::uint64_t offset, Transfer& to) override;

private:
    Write make_text_;
    std::int32_t key_;
    Text text_;
};

/// A symbolic link to a node that may have no path, such as a pipe. As its text it has the node's number. It is a link, so
/// that who goes through a whole tree without following links comes to an end: an open directory may be above its own entry.
class NodeLink final : public Node {
public:
    NodeLink(std::uint32_t number, Reference<Node> end) : Node(Kind::Link, 0700, number), end_(std::move(end)) {
        add_link(); // as GeneratedFile's
        text_ = format(buffer_, "node:[{}]", end_->number());
    }
    [[nodiscard]] std::uint64_t size() const override { return text_.size(); }
    [[nodiscard]] std::string_view target() const override { return text_; }
    [[nodiscard]] Reference<Node> leads_to() const override { return end_; }

private:
    Reference<Node> end_;
    std::array<char, 24> buffer_{};
    std::string_view text_;
};

/// A directory without entries of its own. Each time that a name is looked up, a node is made for it; who keeps that may keep
/// it for as long as he likes. Names can't be added, removed or changed: NoSuchFile and NotPermitted.
class GeneratedDirectory : public Directory {
public:
    GeneratedDirectory(std::uint32_t number, Directory& parent) : Directory(0555, &parent, number) {}
    ~GeneratedDirectory() override { parent().remove_link(); } // its ".."

    Result<Reference<Node>> look_up(std::string_view name) final;
    Result<Listed> next(std::uint32_t position) final;
    Result<void> add(std::string_view, const Reference<Node>&) final { return std::unexpected(Error::NoSuchFile); }
    [[nodiscard]] bool is_generated() const final { return true; }

protected:
    using NameBuffer = std::array<char, 16>;
    /// What a name leads to; nothing if there is no such name. OutOfMemory.
    virtual Result<Reference<Node>> make(std::string_view name) = 0;
    /// The name that comes first after `position`, which is 2 or more and becomes its position. Empty at the end. It may lie in
    /// `buffer`.
    virtual std::string_view name_after(std::uint32_t& position, NameBuffer& buffer) = 0;

private:
    NameBuffer name_{}; // what `next` returned last
};

} // namespace kernel::files
