// System calls on paths (chapter 15).
#include "files/process_files.hpp"
#include "files/tree.hpp"
#include "memory/new.hpp"
#include "syscall/file_calls.hpp"
#include "syscall/system_call.hpp"
#include "syscall/user_path.hpp"

#include <algorithm>

namespace kernel::system_call {

namespace {

using files::Base;
using files::LastLink;

files::ProcessFiles& own_files() {
    return files::of(current());
}

/// Where a relative path begins: at the directory that is open as `descriptor`, or at the current one for AT_FDCWD.
Result<Base> base_at(int descriptor, std::string_view path) {
    Base base = own_files().base();
    if (path.empty()) {
        return std::unexpected(Error::NoSuchFile);
    }
    if (descriptor != AT_FDCWD && !path.starts_with('/')) {
        files::Directory* directory = TRY(own_files().descriptors.find(descriptor))->node().as_directory();
        if (directory == nullptr) {
            return std::unexpected(Error::NotDirectory);
        }
        base.current = Reference<files::Directory>(directory);
    }
    return base;
}

/// What most calls here begin with: the path, and where it begins.
struct PathArgument {
    UserPath path;
    Base base;

    [[nodiscard]] Result<void> take(int descriptor, UserPointer<const char> from) {
        TRY(path.copy(from));
        base = TRY(base_at(descriptor, path.text()));
        return {};
    }
    [[nodiscard]] Result<Reference<files::Node>> find(LastLink last) const {
        return files::find(base, path.text(), last);
    }
};

} // namespace

void enable_paths() {}

Result<Reference<files::Node>> node_at(int directory, UserPointer<const char> path, unsigned flags) {
    PathArgument argument;
    TRY(argument.path.copy(path));
    if (argument.path.text().empty() && (flags & AT_EMPTY_PATH) != 0) {
        return directory == AT_FDCWD ? Reference<files::Node>(own_files().current)
                                     : Reference<files::Node>(&TRY(own_files().descriptors.find(directory))->node());
    }
    argument.base = TRY(base_at(directory, argument.path.text()));
    return argument.find((flags & AT_SYMLINK_NOFOLLOW) != 0 ? LastLink::Keep : LastLink::Follow);
}

Result<std::uint32_t> check_access(int directory, UserPointer<const char> path, unsigned mode) {
    if ((mode & ~unsigned{R_OK | W_OK | X_OK}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Reference<files::Node> node = TRY(node_at(directory, path, 0));
    const bool executable = (node->mode() & 0111) != 0 || node->as_directory() != nullptr;
    return (mode & X_OK) != 0 && !executable ? std::unexpected(Error::AccessDenied) : Result<std::uint32_t>(0U);
}

namespace calls {

/// Opens a file, which it makes if `flags` has O_CREAT. Returns the lowest free descriptor.
Result<std::uint32_t> open(UserPointer<const char> path, unsigned flags, unsigned permissions) {
    return openat(AT_FDCWD, path, flags, permissions);
}

/// As open, for a path that begins at an open directory.
Result<std::uint32_t> openat(int directory, UserPointer<const char> path, unsigned flags, unsigned permissions) {
    PathArgument argument;
    TRY(argument.take(directory, path));
    files::ProcessFiles& own = own_files();
    if (own.descriptors.are_full()) {
        return std::unexpected(Error::TooManyOpenFiles); // before a file is made or cut off for it
    }
    const Reference<files::Node> node =
        TRY(files::open(argument.base, argument.path.text(), flags, permissions & ~own.mask));
    const Reference<files::OpenFile> file(TRY(allocate<files::OpenFile>(node, flags)));
    return static_cast<std::uint32_t>(TRY(own.descriptors.add(file, (flags & O_CLOEXEC) != 0)));
}

/// As open with O_CREAT, O_WRONLY and O_TRUNC.
Result<std::uint32_t> creat(UserPointer<const char> path, unsigned permissions) {
    return openat(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, permissions);
}

/// Makes a directory.
Result<std::uint32_t> mkdir(UserPointer<const char> path, unsigned permissions) {
    return mkdirat(AT_FDCWD, path, permissions);
}

/// As mkdir, for a path that begins at an open directory.
Result<std::uint32_t> mkdirat(int directory, UserPointer<const char> path, unsigned permissions) {
    PathArgument argument;
    TRY(argument.take(directory, path));
    TRY(files::make_directory(argument.base, argument.path.text(), permissions & 01777 & ~own_files().mask));
    return 0U;
}

/// Takes an empty directory away.
Result<std::uint32_t> rmdir(UserPointer<const char> path) {
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

/// Takes a name away. The file goes with its last name and its last open descriptor.
Result<std::uint32_t> unlink(UserPointer<const char> path) {
    return unlinkat(AT_FDCWD, path, 0);
}

/// As unlink, or with AT_REMOVEDIR as rmdir, for a path that begins at an open directory.
Result<std::uint32_t> unlinkat(int directory, UserPointer<const char> path, unsigned flags) {
    if ((flags & ~unsigned{AT_REMOVEDIR}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    PathArgument argument;
    TRY(argument.take(directory, path));
    if ((flags & AT_REMOVEDIR) != 0) {
        TRY(files::remove_directory(argument.base, argument.path.text()));
    } else {
        TRY(files::remove(argument.base, argument.path.text()));
    }
    return 0U;
}

/// Gives a file one more name.
Result<std::uint32_t> link(UserPointer<const char> from, UserPointer<const char> to) {
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

/// As link, for paths that begin at open directories; with AT_SYMLINK_FOLLOW, for what a symbolic link leads to.
Result<std::uint32_t> linkat(int from_directory, UserPointer<const char> from, int to_directory,
                             UserPointer<const char> to, unsigned flags) {
    if ((flags & ~unsigned{AT_SYMLINK_FOLLOW}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    PathArgument source;
    TRY(source.take(from_directory, from));
    PathArgument target;
    TRY(target.take(to_directory, to));
    const Reference<files::Node> node = TRY(source.find(flags != 0 ? LastLink::Follow : LastLink::Keep));
    TRY(files::make_link(target.base, node, target.path.text()));
    return 0U;
}

/// Makes a symbolic link: a name in whose place the path `target` is taken.
Result<std::uint32_t> symlink(UserPointer<const char> target, UserPointer<const char> path) {
    return symlinkat(target, AT_FDCWD, path);
}

/// As symlink, for a path that begins at an open directory.
Result<std::uint32_t> symlinkat(UserPointer<const char> target, int directory, UserPointer<const char> path) {
    UserPath text;
    TRY(text.copy(target));
    PathArgument argument;
    TRY(argument.take(directory, path));
    TRY(files::make_symbolic_link(argument.base, text.text(), argument.path.text()));
    return 0U;
}

/// Puts a symbolic link's path into `buffer`, without a NUL, as much as fits. Returns how many bytes.
Result<std::uint32_t> readlink(UserPointer<const char> path, UserPointer<char> buffer, int size) {
    return readlinkat(AT_FDCWD, path, buffer, size);
}

/// As readlink, for a path that begins at an open directory.
Result<std::uint32_t> readlinkat(int directory, UserPointer<const char> path, UserPointer<char> buffer, int size) {
    if (size <= 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Reference<files::Node> node = TRY(node_at(directory, path, AT_SYMLINK_NOFOLLOW));
    if (node->kind() != files::Node::Kind::Link) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::string_view text = node->target();
    std::unique_ptr<char[]> made;
    if (const Reference<files::Node> end = node->leads_to()) { // its path, if it has one
        made = TRY(allocate<char[]>(PATH_MAX));
        if (const Result<std::uint32_t> length = files::path_of(*end, {made.get(), PATH_MAX}); length) {
            text = {made.get(), *length - 1};
        }
    }
    text = text.substr(0, static_cast<std::size_t>(size));
    TRY(copy_to_user(buffer, std::span(text)));
    return static_cast<std::uint32_t>(text.size());
}

/// Gives a file another name, in the place of what had it. Either both names are as they should be afterwards, or as before.
Result<std::uint32_t> rename(UserPointer<const char> from, UserPointer<const char> to) {
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/// As rename, for paths that begin at open directories.
Result<std::uint32_t> renameat(int from_directory, UserPointer<const char> from, int to_directory,
                               UserPointer<const char> to) {
    PathArgument source;
    TRY(source.take(from_directory, from));
    PathArgument target;
    TRY(target.take(to_directory, to));
    TRY(files::rename(source.base, source.path.text(), target.base, target.path.text()));
    return 0U;
}

/// Makes a directory the one where relative paths begin.
Result<std::uint32_t> chdir(UserPointer<const char> path) {
    const Reference<files::Node> node = TRY(node_at(AT_FDCWD, path, 0));
    if (node->as_directory() == nullptr) {
        return std::unexpected(Error::NotDirectory);
    }
    own_files().current = Reference<files::Directory>(node->as_directory());
    return 0U;
}

/// As chdir, for an open directory.
Result<std::uint32_t> fchdir(int descriptor) {
    files::ProcessFiles& own = own_files();
    files::Directory* directory = TRY(own.descriptors.find(descriptor))->node().as_directory();
    if (directory == nullptr) {
        return std::unexpected(Error::NotDirectory);
    }
    own.current = Reference<files::Directory>(directory);
    return 0U;
}

/// Puts the current directory's path into `buffer`, with a NUL. Returns how many bytes.
Result<std::uint32_t> getcwd(UserPointer<char> buffer, size_t size) {
    const std::unique_ptr<char[]> path = TRY(allocate<char[]>(PATH_MAX));
    const Result<std::uint32_t> length = files::path_of(*own_files().current, {path.get(), PATH_MAX});
    if (length == std::unexpected(Error::OutOfRange)) {
        return std::unexpected(Error::NameTooLong); // no larger buffer would help
    }
    if (TRY(length) > size) {
        return std::unexpected(Error::OutOfRange);
    }
    TRY(copy_to_user(buffer, {path.get(), *length}));
    return length;
}

/// Whether a path leads to something. The one user may do everything, but X_OK of a file without any x is EACCES.
Result<std::uint32_t> access(UserPointer<const char> path, unsigned mode) {
    return check_access(AT_FDCWD, path, mode);
}

/// Tells what a path leads to: kind, size, links.
Result<std::uint32_t> stat64(UserPointer<const char> path, UserPointer<struct stat64> status) {
    return fstatat64(AT_FDCWD, path, status, 0);
}

/// As stat64, for a symbolic link itself.
Result<std::uint32_t> lstat64(UserPointer<const char> path, UserPointer<struct stat64> status) {
    return fstatat64(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

/// As stat64 (AT_SYMLINK_NOFOLLOW: lstat64), for a path that begins at an open directory; AT_EMPTY_PATH: that itself.
Result<std::uint32_t> fstatat64(int directory, UserPointer<const char> path, UserPointer<struct stat64> status,
                                unsigned flags) {
    if ((flags & ~unsigned{AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Reference<files::Node> node = TRY(node_at(directory, path, flags));
    return put_status(status, *node);
}

/// Changes a file's permissions, which are kept and told.
Result<std::uint32_t> chmod(UserPointer<const char> path, unsigned permissions) {
    TRY(node_at(AT_FDCWD, path, 0))->set_permissions(permissions);
    return 0U;
}

/// Cuts or lengthens a file, to a length given in two halves.
Result<std::uint32_t> truncate64(UserPointer<const char> path, unsigned low, unsigned high) {
    if ((high & 1U << 31) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Reference<files::Node> node = TRY(node_at(AT_FDCWD, path, 0));
    if (node->as_directory() != nullptr) {
        return std::unexpected(Error::IsDirectory);
    }
    TRY(node->may_be_written());
    TRY(node->resize(std::uint64_t{high} << 32 | low));
    return 0U;
}

/// Sets which permissions a new file does not get. Returns those of before.
Result<std::uint32_t> umask(unsigned mask) {
    return std::exchange(own_files().mask, mask & 0777);
}

} // namespace calls

} // namespace kernel::system_call
