// Directories: names, each of which leads to a node (chapter 15).
#pragma once

#include "files/node.hpp"

#include <cstdint>
#include <string_view>

namespace kernel::files {

/// A directory keeps its entries twice: in a hash table, by which a name is found at once however many there are, and in
/// a row in the order in which they came, by which it is listed. Each entry has a position that never changes and is
/// never given again, so a listing that goes on after entries were added or removed meets every other one exactly once.
class Directory : public Node {
public:
    /// `parent` is where ".." leads; nullptr for the root, which is its own.
    Directory(std::uint32_t permissions, Directory* parent, std::uint32_t number = 0);
    ~Directory() override;

    /// What a name leads to, "." and ".." included; nothing if there is no such name.
    [[nodiscard]] Reference<Node> find(std::string_view name);
    /// The same for a walk. OutOfMemory: there may be such a name, but no memory for what it leads to (chapter 18).
    [[nodiscard]] virtual Result<Reference<Node>> look_up(std::string_view name) { return find(name); }

    /// A new name, which must not be there, for `node`; counts the link. `name` has 1 to NAME_MAX bytes, no '/'. NoSpace if
    /// memory is out, NoSuchFile if the directory itself was removed; then nothing has changed.
    [[nodiscard]] virtual Result<void> add(std::string_view name, const Reference<Node>& node);
    /// Takes a name, which must be there, away, and the link with it.
    void remove(std::string_view name);
    /// Lets a name, which must be there, lead to another node of the same kind. Can't fail.
    void replace(std::string_view name, const Reference<Node>& node);

    [[nodiscard]] bool is_empty() const { return count_ == 0; }
    [[nodiscard]] std::uint32_t entry_count() const { return count_; }
    [[nodiscard]] Directory& parent() { return parent_ ? *parent_ : *this; }
    /// The directory was moved: ".." leads elsewhere.
    void set_parent(Directory& parent);
    /// The directory, which must be empty, was removed: it lives on for those who still have it open, but takes no names,
    /// and its ".." is none of its parent's links. It still leads there, so that who is in it can get out.
    void detach();
    [[nodiscard]] bool is_detached() const { return is_detached_; }
    /// Whether this is `other` or lies below it; what was removed lies nowhere.
    [[nodiscard]] bool is_within(const Directory& other);

    struct Listed {
        std::string_view name; ///< valid until the directory changes, or the next call
        Reference<Node> node;  ///< nothing: there is no further entry
        std::uint32_t position = 0;
    };
    /// The first entry whose position is greater than `position`; 0 begins. "." and ".." come first. OutOfMemory as look_up.
    [[nodiscard]] virtual Result<Listed> next(std::uint32_t position);

    [[nodiscard]] std::uint64_t size() const override { return told_size; }
    Directory* as_directory() override { return this; }
    /// Whether its names are made up as they are asked for, and can't be changed (chapter 18).
    [[nodiscard]] virtual bool is_generated() const { return false; }

private:
    static constexpr std::uint32_t told_size = 4096; // any size will do; other systems say so much
    struct Entry;
    struct Place {
        std::uint32_t position;
        Entry* entry; // nullptr: it was removed
    };

    [[nodiscard]] Entry** find_link(std::string_view name, std::uint32_t hash);
    [[nodiscard]] Entry& existing(std::string_view name);
    [[nodiscard]] bool grow_buckets();
    [[nodiscard]] bool grow_row();
    [[nodiscard]] std::uint32_t first_after(std::uint32_t position) const;
    void compact();

    Reference<Directory> parent_; // nothing: the root
    bool is_detached_ = false;
    Entry** buckets_ = nullptr;
    std::uint32_t bucket_count_ = 0; // a power of two, or 0
    std::uint32_t count_ = 0;
    Place* row_ = nullptr; // by position
    std::uint32_t row_size_ = 0;
    std::uint32_t row_capacity_ = 0;
    std::uint32_t last_position_ = 2; // "." has position 1, ".." position 2
};

} // namespace kernel::files
