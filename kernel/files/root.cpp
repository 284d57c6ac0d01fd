// The root file system: made in memory from the archive that the boot loader brought (chapter 15).
#include "files/root.hpp"

#include "files/file.hpp"
#include "files/tar.hpp"
#include "files/tree.hpp"
#include "lib/log.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace kernel::files {

namespace {

constinit Reference<Directory>* the_root = nullptr; // on the heap: it never ends

constexpr std::uint32_t default_permissions = 0755;

/// A member's path: prefix and name joined. They have room for 155 and 100 bytes.
class MemberPath {
public:
    explicit MemberPath(const TarEntry& entry) {
        add(entry.prefix);
        add(entry.prefix.empty() ? "" : "/");
        add(entry.name);
    }
    [[nodiscard]] std::string_view text() const { return {bytes_.data(), length_}; }
    /// Whether a part of it is "..": an archive must not reach out of its place.
    [[nodiscard]] bool goes_up() const {
        std::string_view rest = text();
        while (!rest.empty()) {
            const std::string_view part = rest.substr(0, rest.find('/'));
            if (part == "..") {
                return true;
            }
            rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        }
        return false;
    }

private:
    void add(std::string_view text) {
        std::copy(text.begin(), text.end(), bytes_.begin() + length_);
        length_ += static_cast<std::uint16_t>(text.size());
    }
    std::array<char, 155 + 1 + 100> bytes_{};
    std::uint16_t length_ = 0;
};

/// The directories above a member, where the archive does not have them before it.
Result<void> make_parents(const Base& base, std::string_view path) {
    for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
        if (slash == 0) {
            continue;
        }
        const Result<void> made = make_directory(base, path.substr(0, slash), default_permissions);
        if (!made && made.error() != Error::Exists) {
            return made;
        }
    }
    return {};
}

Result<void> write_file(const Base& base, std::string_view path, const TarEntry& entry) {
    const Reference<Node> node = TRY(open(base, path, O_CREAT | O_WRONLY | O_TRUNC, entry.mode));
    KernelTransfer from(entry.contents);
    const std::uint32_t written = TRY(node->write(0, from));
    node->set_modified(entry.modified);
    if (written < entry.contents.size()) {
        TRY(remove(base, path)); // what there is of it would run as if it were whole, and no memory is left beside it
        return std::unexpected(Error::NoSpace);
    }
    return {};
}

Result<void> add(const Base& base, std::string_view path, const TarEntry& entry) {
    TRY(make_parents(base, path));
    switch (entry.kind) {
    case TarEntry::Kind::File:
        return write_file(base, path, entry);
    case TarEntry::Kind::Directory: {
        const Result<void> made = make_directory(base, path, entry.mode);
        return !made && made.error() == Error::Exists ? Result<void>() : made;
    }
    case TarEntry::Kind::SymbolicLink:
        return make_symbolic_link(base, entry.target, path);
    case TarEntry::Kind::HardLink:
        return make_link(base, TRY(find(base, entry.target, LastLink::Keep)), path);
    case TarEntry::Kind::Other:
        break;
    }
    return std::unexpected(Error::InvalidArgument);
}

} // namespace

Result<void> make_root() {
    the_root = new (std::nothrow) Reference<Directory>(new (std::nothrow) Directory(default_permissions, nullptr));
    return the_root != nullptr && *the_root ? Result<void>() : std::unexpected(Error::OutOfMemory);
}

Reference<Directory> root() {
    KERNEL_ASSERT(the_root != nullptr, "the root directory is made before it is used");
    return *the_root;
}

void unpack(const Reference<Directory>& root, std::span<const std::byte> archive) {
    const Base base{root, root};
    TarReader reader(archive);
    std::uint32_t count = 0;
    for (;;) {
        const auto entry = reader.next();
        if (!entry) {
            log::warn("initrd: {}; what came before it is there", entry.error());
            break;
        }
        if (!*entry) {
            break;
        }
        const MemberPath path(**entry);
        const Result<void> added =
            path.goes_up() ? std::unexpected(Error::InvalidArgument) : add(base, path.text(), **entry);
        if (added) {
            ++count;
        } else {
            log::warn("initrd: {} is left out (errno {})", path.text(), static_cast<std::int32_t>(added.error()));
        }
    }
    log::info("initrd: {} files and directories", count);
}

} // namespace kernel::files
