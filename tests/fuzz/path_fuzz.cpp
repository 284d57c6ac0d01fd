// Fuzz target: whatever paths calls are given, and in whatever order, the tree of files stays one (chapter 15). The input is
// a row of commands: a letter, and two paths that a NUL ends.
#include "../unit/empty_tree.hpp"
#include "invariant.hpp"

#include "files/contents.hpp"
#include "files/tree.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

void kernel::files::take_interrupts() {}

std::uint32_t kernel::files::seconds_now() {
    return 0;
}

namespace {

using namespace kernel;
using namespace kernel::files;

class Commands {
public:
    explicit Commands(std::string_view text) : text_(text) {}
    [[nodiscard]] bool has_next() const { return !text_.empty(); }
    char letter() {
        const char letter = text_.front();
        text_.remove_prefix(1);
        return letter;
    }
    std::string_view path() {
        const std::string_view path = text_.substr(0, text_.find('\0'));
        text_.remove_prefix(std::min(path.size() + 1, text_.size()));
        return path;
    }

private:
    std::string_view text_;
};

/// A tree, the directory that paths begin at, and files that are open.
class Tree {
public:
    Tree() = default;
    ~Tree() {
        empty(*root_);
        INVARIANT(root_->is_empty(), "a tree can be taken apart");
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    void run(char letter, std::string_view one, std::string_view two) {
        switch (letter) {
        case 'f':
        case 'x':
            return check_open(one, letter == 'x' ? O_CREAT | O_EXCL | O_WRONLY : O_CREAT);
        case 'o':
            return check_open(one, O_DIRECTORY);
        case 'd':
            return check_made(one, Node::Kind::Directory, [&] { return make_directory(base(), one, 0755); });
        case 's':
            return check_made(one, Node::Kind::Link, [&] { return make_symbolic_link(base(), two, one); });
        case 'l':
            return check_link(one, two);
        case 'u':
            return check_removed(one, [&] { return remove(base(), one); });
        case 'r':
            return check_removed(one, [&] { return remove_directory(base(), one); });
        case 'm':
            return check_rename(one, two);
        case 'c':
            if (const auto found = find(base(), one); found && (*found)->as_directory() != nullptr) {
                current_ = Reference<Directory>((*found)->as_directory());
            }
            return;
        default:
            check_find(one);
        }
    }

    /// Each name is one that a name can be, and leads where it should; all counts are right.
    void check() {
        std::map<Node*, std::uint32_t> names;
        check_directory(*root_, names);
        for (const auto& [node, count] : names) {
            INVARIANT(node->as_directory() != nullptr || node->link_count() == count, "a file counts its names");
        }
    }

private:
    [[nodiscard]] Base base() const { return {root_, current_}; }
    [[nodiscard]] Result<Place> place_of(std::string_view path) const {
        return walk(root_, current_, path, LastLink::Never);
    }

    void check_find(std::string_view path) {
        const auto found = find(base(), path);
        const auto again = find(base(), path);
        INVARIANT(found.has_value() == again.has_value(), "looking changes nothing");
        INVARIANT(!path.empty() || !found, "an empty path leads nowhere");
        if (!found) {
            return;
        }
        INVARIANT(*found == *again, "a path leads to one node");
        INVARIANT((*found)->kind() != Node::Kind::Link, "links are followed");
        if (path.size() + 2 < PATH_MAX) {
            const auto below = find(base(), std::string(path) + "/.");
            const bool is_directory = (*found)->as_directory() != nullptr;
            INVARIANT(below.has_value() == is_directory, "only a directory has a \".\"");
            INVARIANT(!below || *below == *found, "\".\" is the directory itself");
        }
    }

    void check_open(std::string_view path, std::uint32_t flags) {
        const auto before = place_of(path);
        const bool was_there = before && before->node;
        const auto opened = files::open(base(), path, flags, 0644);
        if (!opened) {
            return;
        }
        INVARIANT((flags & O_EXCL) == 0 || !was_there, "O_EXCL opens nothing that was there");
        INVARIANT((flags & O_DIRECTORY) == 0 || (*opened)->as_directory() != nullptr, "O_DIRECTORY opens directories");
        const auto found = find(base(), path);
        INVARIANT(found && *found == *opened, "what was opened is found");
        kept_.push_back(*opened);
    }

    template <typename Make>
    void check_made(std::string_view path, Node::Kind kind, const Make& make) {
        const auto before = place_of(path);
        if (!make()) {
            return;
        }
        INVARIANT(before && !before->node, "only what was not there is made");
        const auto made = before->directory->find(before->name());
        INVARIANT(made && made->kind() == kind, "what was made is there");
    }

    void check_link(std::string_view one, std::string_view two) {
        const auto node = find(base(), one, LastLink::Keep);
        const auto place = place_of(two);
        if (!node) {
            return;
        }
        const std::uint32_t links = (*node)->link_count();
        if (!make_link(base(), *node, two)) {
            INVARIANT((*node)->link_count() == links, "a failed link counts nothing");
            return;
        }
        INVARIANT((*node)->as_directory() == nullptr && links > 0, "neither a directory nor what is gone gets a name");
        INVARIANT(place && !place->node && place->directory->find(place->name()) == *node, "the new name leads there");
    }

    template <typename Remove>
    void check_removed(std::string_view path, const Remove& remove) {
        const auto before = place_of(path);
        if (!remove()) {
            INVARIANT(!before || before->directory->find(before->name()) == before->node,
                      "what failed removed nothing");
            return;
        }
        INVARIANT(before && before->node && !before->directory->find(before->name()), "what was removed was there");
    }

    void check_rename(std::string_view one, std::string_view two) {
        const auto from = place_of(one);
        const auto to = place_of(two);
        if (!rename(base(), one, base(), two)) {
            INVARIANT(!from || from->directory->find(from->name()) == from->node,
                      "a failed rename leaves the old name");
            INVARIANT(!to || to->directory->find(to->name()) == to->node, "a failed rename leaves the new name");
            return;
        }
        INVARIANT(from && from->node && to, "what was renamed was there");
        INVARIANT(to->directory->find(to->name()) == from->node, "the new name leads to it");
        INVARIANT(from->node == to->node || !from->directory->find(from->name()), "the old name is gone");
    }

    void check_directory(Directory& directory, std::map<Node*, std::uint32_t>& names) {
        std::uint32_t count = 0;
        for (auto next = directory.next(2).value(); next.node; next = directory.next(next.position).value()) {
            ++count;
            INVARIANT(!next.name.empty() && next.name.size() <= NAME_MAX, "a name has 1 to NAME_MAX bytes");
            INVARIANT(next.name != "." && next.name != "..", "no entry is called . or ..");
            INVARIANT(next.name.find('/') == std::string_view::npos, "a name has no slash");
            INVARIANT(directory.find(next.name) == next.node, "what is listed is found");
            INVARIANT(++names[&*next.node] == 1 || next.node->as_directory() == nullptr, "a directory has one name");
            if (Directory* below = next.node->as_directory(); below != nullptr) {
                INVARIANT(&below->parent() == &directory && !below->is_detached(), "\"..\" is where the name lies");
                check_path(*below);
                check_directory(*below, names);
            }
        }
        INVARIANT(count == directory.entry_count(), "a directory counts its entries");
    }

    void check_path(Directory& directory) {
        char path[PATH_MAX];
        const auto size = path_of(directory, path);
        INVARIANT(size || size.error() == Error::OutOfRange, "a directory has a path, if not too long");
        if (size) {
            const auto found = find({root_, root_}, std::string_view(path, *size - 1));
            INVARIANT(found && &**found == &directory, "a directory's path leads to it");
        }
    }

    Reference<Directory> root_{new Directory(0755, nullptr)};
    Reference<Directory> current_{root_};
    std::vector<Reference<Node>> kept_; // open files, which outlive their names
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Commands commands({reinterpret_cast<const char*>(data), size});
    Tree tree;
    while (commands.has_next()) {
        const char letter = commands.letter();
        const std::string_view one = commands.path();
        tree.run(letter, one, commands.path());
    }
    tree.check();
    return 0;
}
