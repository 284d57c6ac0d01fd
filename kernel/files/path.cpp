// Paths: from a row of names to the node it leads to (chapter 15).
#include "files/path.hpp"

#include "memory/new.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kernel::files {

namespace {

/// What is left of the path. At first it is the caller's text; from the first link on a text of its own.
class Rest {
public:
    explicit Rest(std::string_view path) : text_(path) {}

    /// Takes slashes away from the front: whether there were any.
    bool skip_slashes() {
        const std::size_t begin = std::min(text_.find_first_not_of('/'), text_.size());
        text_.remove_prefix(begin);
        return begin > 0;
    }
    std::string_view take_name() {
        const std::string_view name = text_.substr(0, text_.find('/'));
        text_.remove_prefix(name.size());
        return name;
    }
    [[nodiscard]] bool is_empty() const { return text_.empty(); }

    /// `target` comes first now, then what was left. `slash`: there was one after the link.
    Result<void> put_before(std::string_view target, bool slash) {
        const std::size_t size = target.size() + (slash ? 1 : 0) + text_.size();
        if (size >= PATH_MAX) {
            return std::unexpected(Error::NameTooLong);
        }
        std::unique_ptr<char[]> joined = TRY(allocate<char[]>(size));
        char* end = std::copy(target.begin(), target.end(), joined.get());
        if (slash) {
            *end++ = '/';
        }
        std::copy(text_.begin(), text_.end(), end);
        own_ = std::move(joined);
        text_ = {own_.get(), size};
        return {};
    }

private:
    std::string_view text_;
    std::unique_ptr<char[]> own_;
};

bool follows(LastLink last, bool slash_after) {
    switch (last) {
    case LastLink::Follow:
        return true;
    case LastLink::FollowToFile:
        return !slash_after;
    case LastLink::Keep:
        return slash_after;
    case LastLink::Never:
        break;
    }
    return false;
}

Place place_of(const Reference<Directory>& directory, std::string_view name, Reference<Node> node, bool slash_after) {
    Place place;
    place.directory = directory;
    place.node = std::move(node);
    place.last_name = name;
    place.slash_after = slash_after;
    return place;
}

} // namespace

Result<Place> walk(const Reference<Directory>& root, const Reference<Directory>& from, std::string_view path,
                   LastLink last) {
    if (path.empty()) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (path.size() >= PATH_MAX) {
        return std::unexpected(Error::NameTooLong);
    }
    Rest rest(path);
    Reference<Directory> here = rest.skip_slashes() ? root : from;
    for (unsigned links = 0; !rest.is_empty();) {
        const std::string_view name = rest.take_name();
        const bool slash = rest.skip_slashes();
        const bool is_last = rest.is_empty();
        if (name.size() > NAME_MAX) {
            return std::unexpected(Error::NameTooLong);
        }
        Reference<Node> node = TRY(here->look_up(name));
        const bool is_link = node && node->kind() == Node::Kind::Link;
        if (is_last && !(is_link && follows(last, slash))) {
            return place_of(here, name, std::move(node), slash);
        }
        if (!node) {
            return std::unexpected(Error::NoSuchFile);
        }
        if (is_link) {
            if (++links > maximum_links) {
                return std::unexpected(Error::TooManyLinks);
            }
            if (Reference<Node> end = node->leads_to()) {
                if (is_last) {
                    return place_of(here, name, std::move(end), slash);
                }
                node = std::move(end);
            } else {
                TRY(rest.put_before(node->target(), slash));
                if (rest.skip_slashes()) {
                    here = root;
                }
                continue;
            }
        }
        Directory* directory = node->as_directory();
        if (directory == nullptr) {
            return std::unexpected(Error::NotDirectory);
        }
        here = Reference<Directory>(directory);
    }
    return place_of(here, ".", here, true); // nothing but slashes
}

} // namespace kernel::files
