// System calls on files that the programs of others make: statx, the other ...at calls, owners and times (chapter 20).
#include "files/process_files.hpp"
#include "memory/frames.hpp"
#include "memory/new.hpp"
#include "syscall/file_calls.hpp"
#include "syscall/system_call.hpp"

#include "abi/linux.h"
#include "layout.h"

#include <algorithm>
#include <array>
#include <memory>

namespace kernel::system_call {

namespace {

// There is one user and one group, whose number is 0: files belong to them. -1 is "as it is". InvalidArgument for others.
Result<std::uint32_t> check_owner(unsigned user, unsigned group) {
    constexpr unsigned as_it_is = 0xFFFF'FFFF;
    const bool is_possible = (user == 0 || user == as_it_is) && (group == 0 || group == as_it_is);
    return is_possible ? Result<std::uint32_t>(0U) : std::unexpected(Error::InvalidArgument);
}

Result<std::uint32_t> put_file_system(size_t size, UserPointer<struct statfs64> told) {
    if (size != sizeof(struct statfs64)) {
        return std::unexpected(Error::InvalidArgument);
    }
    struct statfs64 system {};
    system.f_type = RAMFS_MAGIC;
    system.f_bsize = system.f_frsize = PAGE_SIZE;
    system.f_blocks[0] = frames::total_count();
    system.f_bfree[0] = system.f_bavail[0] = frames::free_count();
    system.f_namelen = NAME_MAX;
    TRY(copy_to_user(told, system));
    return 0U;
}

} // namespace

void enable_linux_file_calls() {}

namespace calls {

/// As fstatat64. All the basic fields are told, whatever `mask` asks for; the time of a file's birth is not known.
Result<std::uint32_t> statx(int directory, UserPointer<const char> path, unsigned flags, unsigned mask,
                            UserPointer<struct statx> status) {
    constexpr unsigned both_ways = AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
    constexpr unsigned known = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | both_ways;
    if ((flags & ~known) != 0 || (flags & both_ways) == both_ways || (mask & STATX_RESERVED) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const Reference<files::Node> node = TRY(node_at(directory, path, flags));
    const std::uint64_t size = node->size();
    const statx_timestamp time{.sec_low = node->modified(), .sec_high = 0, .nsec = 0, .padding = 0};
    struct statx told {};
    told.stx_mask = STATX_BASIC_STATS;
    told.stx_blksize = PAGE_SIZE;
    told.stx_nlink = node->link_count();
    told.stx_mode = static_cast<std::uint16_t>(node->mode());
    told.stx_ino[0] = node->number();
    told.stx_size[0] = static_cast<std::uint32_t>(size);
    told.stx_size[1] = static_cast<std::uint32_t>(size >> 32);
    told.stx_blocks[0] = node->frame_count() * (PAGE_SIZE / 512);
    told.stx_atime = told.stx_ctime = told.stx_mtime = time;
    told.stx_rdev_major = node->device_number() >> 8;
    told.stx_rdev_minor = node->device_number() & 0xFF;
    told.stx_dev_minor = 1; // stat64 tells device 1
    TRY(copy_to_user(status, told));
    return 0U;
}

/// Copies from one open file, from `offset` on or from its place, to another one's place, and moves the offset or the place on.
/// Returns how many bytes: of many a part. The first file can't be a pipe.
Result<std::uint32_t> sendfile64(int to, int from, UserPointer<std::uint64_t> offset, size_t size) {
    constexpr std::size_t most_pieces = 16; // no call takes long
    files::OpenFile& source = *TRY(files::of(current()).descriptors.find(from));
    files::OpenFile& target = *TRY(files::of(current()).descriptors.find(to));
    if (!source.can_read() || !target.can_write()) {
        return std::unexpected(Error::BadFileDescriptor);
    }
    if ((target.flags() & O_APPEND) != 0 || !source.node().is_seekable() || source.node().as_directory() != nullptr) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::uint64_t place = 0;
    if (!offset.is_null()) {
        TRY(user_memory::copy_in(&place, offset.address(), sizeof(place)));
    } else {
        place = TRY(source.seek(0, SEEK_CUR));
    }
    if (place >> 63 != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::unique_ptr<std::byte[]> piece = TRY(allocate<std::byte[]>(PAGE_SIZE));
    std::uint32_t done = 0;
    size = std::min(size, most_pieces * PAGE_SIZE);
    for (Result<std::uint32_t> written = 1U; done < size && written && *written > 0; done += written.value_or(0)) {
        files::KernelTransfer reading(std::span(piece.get(), std::min<std::size_t>(size - done, PAGE_SIZE)));
        written = source.read_at(place + done, reading);
        if (written && *written > 0) {
            files::KernelTransfer writing(std::span<const std::byte>(piece.get(), *written));
            written = target.write(writing);
        }
        if (!written && done == 0) {
            return written;
        }
    }
    if (offset.is_null()) {
        TRY(source.seek(static_cast<std::int64_t>(place + done), SEEK_SET));
    } else {
        TRY(copy_to_user(offset, place + done));
    }
    return done;
}

/// Does nothing: what was written is in memory, where the files are.
Result<std::uint32_t> sync() {
    return 0U;
}

/// Gives a file to a user and a group: 0 and 0, who have it already, or -1. Others are EINVAL.
Result<std::uint32_t> chown32(UserPointer<const char> path, unsigned user, unsigned group) {
    return fchownat(AT_FDCWD, path, user, group, 0);
}

/// As chown32, for a symbolic link itself.
Result<std::uint32_t> lchown32(UserPointer<const char> path, unsigned user, unsigned group) {
    return fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

/// As chown32, for an open file.
Result<std::uint32_t> fchown32(int descriptor, unsigned user, unsigned group) {
    TRY(files::of(current()).descriptors.find(descriptor));
    return check_owner(user, group);
}

/// As chown32, for a path that begins at an open directory; with AT_SYMLINK_NOFOLLOW for a symbolic link itself.
Result<std::uint32_t> fchownat(int directory, UserPointer<const char> path, unsigned user, unsigned group,
                               unsigned flags) {
    if ((flags & ~unsigned{AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    TRY(node_at(directory, path, flags));
    return check_owner(user, group);
}

/// As chmod, for a path that begins at an open directory.
Result<std::uint32_t> fchmodat(int directory, UserPointer<const char> path, unsigned permissions) {
    TRY(node_at(directory, path, 0))->set_permissions(permissions);
    return 0U;
}

/// As access, for a path that begins at an open directory.
Result<std::uint32_t> faccessat(int directory, UserPointer<const char> path, unsigned mode) {
    return check_access(directory, path, mode);
}

/// Sets when a file changed last; null is now. A file has one time, which is that of its change: the other is checked, and
/// not kept.
Result<std::uint32_t> utimensat(int directory, UserPointer<const char> path, UserPointer<const timespec32> times,
                                unsigned flags) {
    constexpr long most_nanoseconds = 999'999'999;
    if ((flags & ~unsigned{AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH}) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::array<timespec32, 2> wanted{{{0, UTIME_NOW}, {0, UTIME_NOW}}};
    if (!times.is_null()) {
        TRY(user_memory::copy_in(wanted.data(), times.address(), sizeof(wanted)));
    }
    for (const timespec32& one : wanted) {
        if (one.tv_nsec != UTIME_NOW && one.tv_nsec != UTIME_OMIT &&
            (one.tv_nsec < 0 || one.tv_nsec > most_nanoseconds)) {
            return std::unexpected(Error::InvalidArgument);
        }
    }
    Reference<files::Node> node;
    if (path.is_null()) {
        node = Reference<files::Node>(&TRY(files::of(current()).descriptors.find(directory))->node());
    } else {
        node = TRY(node_at(directory, path, flags));
    }
    if (wanted[1].tv_nsec == UTIME_NOW) {
        node->touch();
    } else if (wanted[1].tv_nsec != UTIME_OMIT) {
        node->set_modified(static_cast<std::uint32_t>(wanted[1].tv_sec));
    }
    return 0U;
}

/// Tells how large the file system is, that is, the memory, and how much of it is free.
Result<std::uint32_t> statfs64(UserPointer<const char> path, size_t size, UserPointer<struct statfs64> told) {
    TRY(node_at(AT_FDCWD, path, 0));
    return put_file_system(size, told);
}

/// As statfs64, for an open file.
Result<std::uint32_t> fstatfs64(int descriptor, size_t size, UserPointer<struct statfs64> told) {
    TRY(files::of(current()).descriptors.find(descriptor));
    return put_file_system(size, told);
}

} // namespace calls

} // namespace kernel::system_call
