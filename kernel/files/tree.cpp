// The tree of files: making, opening, removing and renaming by path (chapter 15).
#include "files/tree.hpp"

#include "files/file.hpp"

#include <algorithm>
#include <new>

namespace kernel::files {

namespace {

Result<Place> walk(const Base& base, std::string_view path, LastLink last) {
    return walk(base.root, base.current, path, last);
}

/// For what takes a name away: not from a generated directory, nor a generated directory itself, which is not part of the tree.
Result<void> check_can_change(const Place& place) {
    if (place.directory->is_generated()) {
        return std::unexpected(Error::NotPermitted);
    }
    Directory* const directory = place.node ? place.node->as_directory() : nullptr;
    return directory != nullptr && directory->is_generated() ? std::unexpected(Error::Busy) : Result<void>();
}

/// A new regular file at a place where nothing is.
Result<Reference<Node>> make_file(const Place& place, std::uint32_t permissions) {
    auto* file = new (std::nothrow) File(permissions);
    if (file == nullptr) {
        return std::unexpected(Error::NoSpace);
    }
    Reference<Node> node(file);
    TRY(place.directory->add(place.name(), node));
    return node;
}

} // namespace

Result<Reference<Node>> find(const Base& base, std::string_view path, LastLink last) {
    Place place = TRY(walk(base, path, last));
    if (!place.node) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (place.has_wrong_slash()) {
        return std::unexpected(Error::NotDirectory);
    }
    return std::move(place.node);
}

Result<Reference<Node>> open(const Base& base, std::string_view path, std::uint32_t flags, std::uint32_t permissions) {
    const bool creates = (flags & O_CREAT) != 0;
    const bool keeps_link = (flags & O_NOFOLLOW) != 0 || (creates && (flags & O_EXCL) != 0);
    const LastLink last = keeps_link ? (creates ? LastLink::Never : LastLink::Keep)
                                     : (creates ? LastLink::FollowToFile : LastLink::Follow);
    const Place place = TRY(walk(base, path, last));
    if (creates && place.slash_after && !place.is_dot_or_dot_dot()) {
        return std::unexpected(Error::IsDirectory);
    }
    if (!place.node) {
        if (!creates) {
            return std::unexpected(Error::NoSuchFile);
        }
        return make_file(place, permissions);
    }
    if (place.has_wrong_slash()) {
        return std::unexpected(Error::NotDirectory);
    }
    if (creates && (flags & O_EXCL) != 0) {
        return std::unexpected(Error::Exists);
    }
    const bool is_directory = place.node->kind() == Node::Kind::Directory;
    if ((flags & O_DIRECTORY) != 0 && !is_directory) {
        return std::unexpected(Error::NotDirectory);
    }
    if (place.node->kind() == Node::Kind::Link) {
        return std::unexpected(Error::TooManyLinks);
    }
    const bool writes = (flags & (O_ACCMODE | O_TRUNC)) != O_RDONLY; // to cut off is to write, on Linux too
    if (is_directory && (writes || creates)) {
        return std::unexpected(Error::IsDirectory);
    }
    TRY(place.node->may_be_opened());
    if (writes) {
        TRY(place.node->may_be_written());
        if ((flags & O_TRUNC) != 0 && place.node->kind() == Node::Kind::File) {
            TRY(place.node->resize(0));
        }
    }
    return place.node;
}

Result<void> make_directory(const Base& base, std::string_view path, std::uint32_t permissions) {
    const Place place = TRY(walk(base, path, LastLink::Never));
    if (place.node) {
        return std::unexpected(Error::Exists);
    }
    auto* directory = new (std::nothrow) Directory(permissions, place.directory.get());
    if (directory == nullptr) {
        return std::unexpected(Error::NoSpace);
    }
    const Reference<Directory> made(directory);
    const Result<void> added = place.directory->add(place.name(), made);
    if (!added) {
        directory->detach();
    }
    return added;
}

Result<void> make_symbolic_link(const Base& base, std::string_view target, std::string_view path) {
    const Reference<Node> link = TRY(Link::create(target));
    const Place place = TRY(walk(base, path, LastLink::Never));
    if (place.node) {
        return std::unexpected(Error::Exists);
    }
    if (place.slash_after) {
        return std::unexpected(Error::NoSuchFile);
    }
    return place.directory->add(place.name(), link);
}

Result<void> make_link(const Base& base, const Reference<Node>& node, std::string_view path) {
    const Place place = TRY(walk(base, path, LastLink::Never));
    if (place.node) {
        return std::unexpected(Error::Exists);
    }
    if (place.slash_after) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (node->kind() == Node::Kind::Directory) {
        return std::unexpected(Error::NotPermitted);
    }
    if (node->number() >> 31 != 0) {
        return std::unexpected(Error::CrossDevice);
    }
    if (node->link_count() == 0) {
        return std::unexpected(Error::NoSuchFile);
    }
    return place.directory->add(place.name(), node);
}

Result<void> remove(const Base& base, std::string_view path) {
    const Place place = TRY(walk(base, path, LastLink::Never));
    if (!place.node) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (place.node->kind() == Node::Kind::Directory) {
        return std::unexpected(Error::IsDirectory);
    }
    if (place.has_wrong_slash()) {
        return std::unexpected(Error::NotDirectory);
    }
    TRY(check_can_change(place));
    place.directory->remove(place.name());
    return {};
}

Result<void> remove_directory(const Base& base, std::string_view path) {
    const Place place = TRY(walk(base, path, LastLink::Never));
    if (!place.node) {
        return std::unexpected(Error::NoSuchFile);
    }
    Directory* directory = place.node->as_directory();
    if (directory == nullptr) {
        return std::unexpected(Error::NotDirectory);
    }
    if (place.is_dot_or_dot_dot() && path.find('.') != path.npos) { // not "/"
        return std::unexpected(place.name() == "." ? Error::InvalidArgument : Error::NotEmpty);
    }
    if (directory == base.root.get()) {
        return std::unexpected(Error::Busy);
    }
    TRY(check_can_change(place));
    if (!directory->is_empty()) {
        return std::unexpected(Error::NotEmpty);
    }
    place.directory->remove(place.name());
    directory->remove_link(); // its own "."
    directory->detach();
    return {};
}

Result<void> rename(const Base& from_base, std::string_view from, const Base& to_base, std::string_view to) {
    const Place source = TRY(walk(from_base, from, LastLink::Never));
    const Place target = TRY(walk(to_base, to, LastLink::Never));
    if (source.is_dot_or_dot_dot() || target.is_dot_or_dot_dot()) {
        return std::unexpected(Error::Busy);
    }
    if (!source.node) {
        return std::unexpected(Error::NoSuchFile);
    }
    TRY(check_can_change(source));
    TRY(check_can_change(target));
    Directory* moved = source.node->as_directory();
    if (moved == nullptr && (source.slash_after || target.slash_after)) {
        return std::unexpected(Error::NotDirectory);
    }
    if (moved != nullptr && target.directory->is_within(*moved)) {
        return std::unexpected(Error::InvalidArgument);
    }
    if (target.node == source.node) {
        return {}; // two names of one file: POSIX wants nothing done
    }
    Directory* replaced = target.node ? target.node->as_directory() : nullptr;
    if (target.node) {
        if (moved == nullptr && replaced != nullptr) {
            return std::unexpected(source.directory->is_within(*replaced) ? Error::NotEmpty : Error::IsDirectory);
        }
        if (moved != nullptr && replaced == nullptr) {
            return std::unexpected(Error::NotDirectory);
        }
        if (replaced != nullptr && !replaced->is_empty()) {
            return std::unexpected(Error::NotEmpty);
        }
        target.directory->replace(target.name(), source.node);
    } else {
        TRY(target.directory->add(target.name(), source.node));
    }
    source.directory->remove(source.name());
    if (replaced != nullptr) {
        replaced->remove_link(); // its own "."
        replaced->detach();
    }
    if (moved != nullptr && source.directory != target.directory) {
        moved->set_parent(*target.directory);
    }
    return {};
}

Result<std::uint32_t> path_of(Node& node, std::span<char> buffer) {
    Directory* const directory = node.as_directory();
    if (directory != nullptr ? directory->is_detached() : node.home() == nullptr) {
        return std::unexpected(Error::NoSuchFile);
    }
    // Written from its end: names are found on the way up.
    std::size_t begin = buffer.size();
    const auto put = [&](std::string_view text) {
        if (text.size() > begin) {
            return false;
        }
        begin -= text.size();
        std::copy(text.begin(), text.end(), buffer.begin() + static_cast<std::ptrdiff_t>(begin));
        return true;
    };
    bool fits = put({"\0", 1});
    const auto parent_of = [](Node& child) {
        Directory* const itself = child.as_directory();
        return itself != nullptr ? &itself->parent() : child.home();
    };
    for (Node* here = &node; fits && here != parent_of(*here); here = parent_of(*here)) {
        Directory::Listed listed{{}, {}, here->position() - 1}; // mostly it comes next
        do {
            listed = TRY(parent_of(*here)->next(listed.position));
        } while (listed.node && listed.node->number() != here->number());
        if (!listed.node) { // of a process that is gone
            return std::unexpected(Error::NoSuchFile);
        }
        fits = put(listed.name) && put("/");
    }
    if (fits && &node == parent_of(node)) {
        fits = put("/");
    }
    if (!fits) {
        return std::unexpected(Error::OutOfRange);
    }
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(begin), buffer.end(), buffer.begin());
    return static_cast<std::uint32_t>(buffer.size() - begin);
}

} // namespace kernel::files
