// Directories: names, each of which leads to a node (chapter 15).
#include "files/directory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

namespace kernel::files {

/// One name. Its bytes follow the fields, in the same piece of memory.
struct Directory::Entry {
    Entry* next_in_bucket;
    std::uint32_t hash;
    std::uint32_t position;
    Reference<Node> node;
    std::uint8_t length;
    char first_byte[1];

    [[nodiscard]] std::string_view name() const { return {first_byte, length}; }

    static Entry* create(std::string_view name, std::uint32_t hash, const Reference<Node>& node) {
        const std::size_t size = std::max(sizeof(Entry), offsetof(Entry, first_byte) + name.size());
        void* memory = ::operator new(size, std::nothrow);
        if (memory == nullptr) {
            return nullptr;
        }
        auto* entry = new (memory) Entry{nullptr, hash, 0, node, static_cast<std::uint8_t>(name.size()), {}};
        std::memcpy(entry->first_byte, name.data(), name.size());
        return entry;
    }
    static void destroy(Entry* entry) {
        entry->~Entry();
        ::operator delete(entry);
    }
};

namespace {

constexpr std::uint32_t position_of_dot = 1;
constexpr std::uint32_t position_of_dot_dot = 2;
constexpr std::uint32_t first_capacity = 8;

/// FNV-1a, by Fowler, Noll and Vo: short, and good enough for names.
std::uint32_t hash_of(std::string_view name) {
    std::uint32_t hash = 2166136261;
    for (const char character : name) {
        hash = (hash ^ static_cast<unsigned char>(character)) * 16777619;
    }
    return hash;
}

} // namespace

Directory::Directory(std::uint32_t permissions, Directory* parent, std::uint32_t number)
    : Node(Kind::Directory, permissions, number), parent_(parent) {
    add_link(); // its own "."
    this->parent().add_link();
}

Directory::~Directory() {
    for (std::uint32_t i = 0; i < row_size_; ++i) {
        if (row_[i].entry != nullptr) {
            row_[i].entry->node->remove_link();
            row_[i].entry->node->leave_home(*this, row_[i].position);
            Entry::destroy(row_[i].entry);
        }
    }
    delete[] buckets_;
    delete[] row_;
    // The last of a long chain of removed directories takes all of them with it: here, not each within the one before.
    while (parent_ && parent_->is_detached_ && parent_->user_count() == 1) {
        parent_ = std::exchange(parent_->parent_, {});
    }
}

/// What points at the entry of that name in its bucket; at nullptr if there is none. There must be buckets.
Directory::Entry** Directory::find_link(std::string_view name, std::uint32_t hash) {
    Entry** link = &buckets_[hash & (bucket_count_ - 1)];
    while (*link != nullptr && ((*link)->hash != hash || (*link)->name() != name)) {
        link = &(*link)->next_in_bucket;
    }
    return link;
}

Directory::Entry& Directory::existing(std::string_view name) {
    Entry* entry = bucket_count_ == 0 ? nullptr : *find_link(name, hash_of(name));
    KERNEL_ASSERT(entry != nullptr, "a name is removed or replaced only where it is");
    return *entry;
}

Reference<Node> Directory::find(std::string_view name) {
    if (name == ".") {
        return Reference<Node>(this);
    }
    if (name == "..") {
        return Reference<Node>(&parent());
    }
    if (bucket_count_ == 0) {
        return {};
    }
    const Entry* entry = *find_link(name, hash_of(name));
    return entry == nullptr ? Reference<Node>() : entry->node;
}

/// Doubles the hash table, so that a bucket holds one entry on average.
bool Directory::grow_buckets() {
    const std::uint32_t count = bucket_count_ == 0 ? first_capacity : 2 * bucket_count_;
    auto** buckets = new (std::nothrow) Entry* [count] {};
    if (buckets == nullptr) {
        return false;
    }
    for (std::uint32_t i = 0; i < row_size_; ++i) {
        if (Entry* entry = row_[i].entry; entry != nullptr) {
            Entry*& bucket = buckets[entry->hash & (count - 1)];
            entry->next_in_bucket = bucket;
            bucket = entry;
        }
    }
    delete[] buckets_;
    buckets_ = buckets;
    bucket_count_ = count;
    return true;
}

/// Room for one more in the row.
bool Directory::grow_row() {
    if (row_size_ < row_capacity_) {
        return true;
    }
    const std::uint32_t capacity = row_capacity_ == 0 ? first_capacity : 2 * row_capacity_;
    auto* row = new (std::nothrow) Place[capacity];
    if (row == nullptr) {
        return false;
    }
    std::copy(row_, row_ + row_size_, row);
    delete[] row_;
    row_ = row;
    row_capacity_ = capacity;
    return true;
}

/// Closes the gaps in the row, once more than half of it is gaps: so removing costs the same however many there are.
void Directory::compact() {
    if (row_size_ < first_capacity || count_ >= row_size_ / 2) {
        return;
    }
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < row_size_; ++i) {
        if (row_[i].entry != nullptr) {
            row_[kept++] = row_[i];
        }
    }
    row_size_ = kept;
}

Result<void> Directory::add(std::string_view name, const Reference<Node>& node) {
    KERNEL_ASSERT(!name.empty() && name.size() <= NAME_MAX && !find(name), "a directory has each name once");
    if (is_detached_) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (last_position_ == UINT32_MAX || !grow_row() || (count_ >= bucket_count_ && !grow_buckets())) {
        return std::unexpected(Error::NoSpace);
    }
    Entry* entry = Entry::create(name, hash_of(name), node);
    if (entry == nullptr) {
        return std::unexpected(Error::NoSpace);
    }
    entry->position = ++last_position_;
    Entry*& bucket = buckets_[entry->hash & (bucket_count_ - 1)];
    entry->next_in_bucket = bucket;
    bucket = entry;
    row_[row_size_++] = {entry->position, entry};
    ++count_;
    node->add_link();
    node->set_home(this, entry->position);
    touch();
    return {};
}

void Directory::remove(std::string_view name) {
    Entry* entry = &existing(name);
    *find_link(name, entry->hash) = entry->next_in_bucket;
    row_[first_after(entry->position - 1)].entry = nullptr;
    --count_;
    entry->node->leave_home(*this, entry->position);
    compact();
    entry->node->remove_link();
    Entry::destroy(entry);
    touch();
}

void Directory::replace(std::string_view name, const Reference<Node>& node) {
    Entry& entry = existing(name);
    node->add_link();
    node->set_home(this, entry.position);
    entry.node->remove_link();
    entry.node->leave_home(*this, entry.position);
    entry.node = node;
    touch();
}

void Directory::set_parent(Directory& parent) {
    parent.add_link();
    parent_->remove_link();
    parent_ = Reference<Directory>(&parent);
}

void Directory::detach() {
    KERNEL_ASSERT(is_empty() && parent_ && !is_detached_, "only an empty directory is removed, and never the root");
    parent_->remove_link();
    is_detached_ = true;
}

bool Directory::is_within(const Directory& other) {
    for (Directory* directory = this;; directory = &directory->parent()) {
        if (directory == &other) {
            return true;
        }
        if (directory->is_detached_ || directory == &directory->parent()) {
            return false;
        }
    }
}

/// The index in the row of the first place after `position`, by halving.
std::uint32_t Directory::first_after(std::uint32_t position) const {
    std::uint32_t begin = 0;
    std::uint32_t end = row_size_;
    while (begin < end) {
        const std::uint32_t middle = begin + (end - begin) / 2;
        if (row_[middle].position > position) {
            end = middle;
        } else {
            begin = middle + 1;
        }
    }
    return begin;
}

Result<Directory::Listed> Directory::next(std::uint32_t position) {
    if (position < position_of_dot) {
        return Listed{".", Reference<Node>(this), position_of_dot};
    }
    if (position < position_of_dot_dot) {
        return Listed{"..", Reference<Node>(&parent()), position_of_dot_dot};
    }
    for (std::uint32_t i = first_after(position); i < row_size_; ++i) {
        if (const Entry* entry = row_[i].entry; entry != nullptr) {
            return Listed{entry->name(), entry->node, entry->position};
        }
    }
    return Listed{};
}

} // namespace kernel::files
