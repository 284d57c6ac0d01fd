// System calls on descriptors (chapter 15).
#include "syscall/file_calls.hpp"

#include "cpu/registers.hpp"
#include "files/process_files.hpp"
#include "files/user_transfer.hpp"
#include "memory/new.hpp"
#include "syscall/system_call.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace kernel::system_call {

namespace {

using files::OpenFile;
using files::UserTransfer;

/// A large transfer goes in pieces. Between them interrupts are taken, for the kernel otherwise runs with them off, and a process
/// that is to end breaks off.
constexpr std::uint32_t piece_size = 16 * PAGE_SIZE;
/// As many bytes as Linux moves at most: the result fits a ssize_t.
constexpr std::uint32_t most_at_once = 0x7FFF'F000;

files::Descriptors& descriptors() {
    return files::of(current()).descriptors;
}

/// The open file, kept while the call goes on, whatever becomes of the descriptor.
inline Result<Reference<OpenFile>> file_of(int descriptor) {
    return Reference<OpenFile>(TRY(descriptors().find(descriptor)));
}

/// Moves the bytes of `transfer` by `step(transfer, bytes done so far)`, until one piece comes through short.
template <typename Step>
Result<std::uint32_t> in_pieces(UserTransfer transfer, Step step) {
    const std::uint32_t size = transfer.left();
    if (size <= piece_size) [[likely]] {
        return step(transfer, 0);
    }
    std::uint32_t done = 0;
    do {
        transfer.set_left(std::min(size - done, piece_size));
        const std::uint32_t wanted = transfer.left();
        const Result<std::uint32_t> moved = step(transfer, done);
        if (!moved) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(moved.error());
        }
        done += *moved;
        if (*moved < wanted) {
            break;
        }
        if (done < size) {
            cpu::handle_pending_interrupts();
        }
    } while (done < size && !current().is_doomed);
    return done;
}

/// The same for one buffer.
template <typename Step>
Result<std::uint32_t> in_pieces(UserPointer<const char> buffer, std::uint32_t size, Step step) {
    if (!user_memory::is_user_range(buffer.address(), size)) {
        return std::unexpected(Error::BadAddress);
    }
    return in_pieces(UserTransfer(buffer, std::min(size, most_at_once)), step);
}

/// The same for those in a program's list. They are one transfer: a line is read into them, and a pipe takes them together.
template <typename Step>
Result<std::uint32_t> in_pieces(UserPointer<const iovec> list, int count, Step step) {
    constexpr unsigned most_buffers = 1024; // UIO_MAXIOV, as Linux has it
    const auto buffer_count = static_cast<unsigned>(count);
    if (buffer_count > most_buffers) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::unique_ptr<iovec[]> copy = TRY(allocate<iovec[]>(buffer_count)); // a read may change the program's
    const std::span<iovec> buffers(copy.get(), buffer_count);
    TRY(user_memory::copy_in(buffers.data(), list.address(), buffers.size_bytes()));
    if (std::ranges::any_of(buffers, [](const iovec& buffer) { return buffer.iov_len > 0x7FFF'FFFF; })) {
        return std::unexpected(Error::InvalidArgument);
    }
    std::uint32_t size = 0;
    for (const iovec& buffer : buffers) {
        if (!user_memory::is_user_range(buffer.iov_base, buffer.iov_len)) {
            return std::unexpected(Error::BadAddress);
        }
        size += std::min(buffer.iov_len, most_at_once - size);
    }
    return in_pieces(UserTransfer(buffers.data(), size), step);
}

/// Reads into a buffer or a list of them. Waits for the first byte only: a reader gets what there is. A program may read as much
/// as it likes of /dev/zero and its kin, so others run between two pieces. Not between those of a write: all of it is in one place.
template <typename Memory, typename Size>
Result<std::uint32_t> read_into(int descriptor, UserPointer<Memory> to, Size size) {
    const Reference<OpenFile> file = TRY(file_of(descriptor));
    return in_pieces(UserPointer<const Memory>(to.address()), size, [&](UserTransfer& transfer, std::uint32_t done) {
        if (done > 0) {
            transfer.forbid_waiting();
            scheduler::yield();
        }
        return file->read(transfer);
    });
}

template <typename Memory, typename Size>
Result<std::uint32_t> write_from(int descriptor, UserPointer<Memory> from, Size size) {
    const Reference<OpenFile> file = TRY(file_of(descriptor));
    return in_pieces(from, size, [&](UserTransfer& transfer, std::uint32_t) { return file->write(transfer); });
}

constexpr std::uint64_t joined(std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{high} << 32 | low;
}

/// The open file of pread64 and its kin, which has places, for a 64-bit offset that is not negative.
Result<Reference<OpenFile>> file_with_offset(int descriptor, std::uint32_t high) {
    if ((high & 1U << 31) != 0) {
        return std::unexpected(Error::InvalidArgument);
    }
    Result<Reference<OpenFile>> file = file_of(descriptor);
    return file && !(*file)->node().is_seekable() ? std::unexpected(Error::IllegalSeek) : std::move(file);
}

constexpr std::uint32_t block_size = 512; // what st_blocks counts

} // namespace

Result<std::uint32_t> put_status(UserPointer<stat64> to, const files::Node& node) {
    const std::uint64_t size = node.size();
    stat64 status{};
    status.st_dev = 1;
    status.st_ino32 = status.st_ino_low = node.number();
    status.st_mode = node.mode();
    status.st_nlink = node.link_count();
    status.st_rdev = node.device_number();
    status.st_size_low = static_cast<std::uint32_t>(size);
    status.st_size_high = static_cast<std::uint32_t>(size >> 32);
    status.st_blksize = PAGE_SIZE;
    status.st_blocks_low = node.frame_count() * (PAGE_SIZE / block_size);
    status.st_atime = status.st_mtime = status.st_ctime = node.modified();
    TRY(copy_to_user(to, status));
    return 0U;
}

void enable_files() {
    enable_paths();
    set_descriptor_calls({read_into<char, std::size_t>, write_from<const char, std::size_t>});
}

namespace calls {

/// Closes a descriptor. The open file goes with its last one.
Result<std::uint32_t> close(int descriptor) {
    TRY(descriptors().close(descriptor));
    return 0U;
}

/// Moves the place in the file: `whence` says from where. Returns the new one, or `-EOVERFLOW` if it does not fit 31 bits.
Result<std::uint32_t> lseek(int descriptor, int offset, unsigned whence) {
    OpenFile* file = TRY(descriptors().find(descriptor));
    const std::uint64_t place = TRY(file->seek(offset, whence));
    return place > 0x7FFF'FFFF ? std::unexpected(Error::TooLargeForType)
                               : Result<std::uint32_t>(static_cast<std::uint32_t>(place));
}

/// As lseek, with 64 bits: the offset in two halves, the result where `result` points.
Result<std::uint32_t> _llseek(int descriptor, unsigned high, unsigned low, UserPointer<char> result, unsigned whence) {
    OpenFile* file = TRY(descriptors().find(descriptor));
    const std::uint64_t place = TRY(file->seek(static_cast<std::int64_t>(joined(low, high)), whence));
    TRY(user_memory::copy_out(result.address(), &place, sizeof(place)));
    return 0U;
}

/// Reads at `offset`, given in two halves; the place in the file stays.
Result<std::uint32_t> pread64(int descriptor, UserPointer<char> buffer, size_t size, unsigned low, unsigned high) {
    const Reference<OpenFile> file = TRY(file_with_offset(descriptor, high));
    const std::uint64_t offset = joined(low, high);
    return in_pieces(UserPointer<const char>(buffer.address()), size,
                     [&](UserTransfer& to, std::uint32_t done) { return file->read_at(offset + done, to); });
}

/// Writes at `offset`, given in two halves; the place in the file stays.
Result<std::uint32_t> pwrite64(int descriptor, UserPointer<const char> buffer, size_t size, unsigned low,
                               unsigned high) {
    const Reference<OpenFile> file = TRY(file_with_offset(descriptor, high));
    const std::uint64_t offset = joined(low, high);
    return in_pieces(buffer, size,
                     [&](UserTransfer& from, std::uint32_t done) { return file->write_at(offset + done, from); });
}

/// Reads into several pieces of memory, one after the other.
Result<std::uint32_t> readv(int descriptor, UserPointer<const iovec> pieces, int count) {
    return read_into(descriptor, pieces, count);
}

/// Writes several pieces of memory, one after the other.
Result<std::uint32_t> writev(int descriptor, UserPointer<const iovec> pieces, int count) {
    return write_from(descriptor, pieces, count);
}

/// A second descriptor for the same open file: the lowest that is free.
Result<std::uint32_t> dup(int descriptor) {
    const Reference<OpenFile> file = TRY(file_of(descriptor));
    return static_cast<std::uint32_t>(TRY(descriptors().add(file, false)));
}

/// As dup, with a number of the caller's own, which is closed first if it is open.
Result<std::uint32_t> dup2(int descriptor, int wanted) {
    const Reference<OpenFile> file = TRY(file_of(descriptor));
    if (descriptor != wanted) {
        TRY(descriptors().set(wanted, file, false));
    }
    return static_cast<std::uint32_t>(wanted);
}

/// As dup2, but for two equal numbers, which it refuses; `flags` may be O_CLOEXEC.
Result<std::uint32_t> dup3(int descriptor, int wanted, unsigned flags) {
    if ((flags & ~static_cast<unsigned>(O_CLOEXEC)) != 0 || descriptor == wanted) {
        return std::unexpected(Error::InvalidArgument);
    }
    const std::uint32_t made = TRY(dup2(descriptor, wanted));
    TRY(descriptors().set_closed_by_exec(wanted, flags != 0));
    return made;
}

/// Asks or changes what a descriptor (F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC) or its open file (F_GETFL, F_SETFL) has.
Result<std::uint32_t> fcntl64(int descriptor, unsigned command, unsigned argument) {
    const Reference<OpenFile> file = TRY(file_of(descriptor));
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return static_cast<std::uint32_t>(
            TRY(descriptors().add(file, command == F_DUPFD_CLOEXEC, static_cast<int>(argument))));
    case F_GETFD:
        return TRY(descriptors().is_closed_by_exec(descriptor)) ? std::uint32_t{FD_CLOEXEC} : 0U;
    case F_SETFD:
        TRY(descriptors().set_closed_by_exec(descriptor, (argument & FD_CLOEXEC) != 0));
        return 0U;
    case F_GETFL:
        return file->flags();
    case F_SETFL:
        file->set_flags(argument);
        return 0U;
    default:
        return std::unexpected(Error::InvalidArgument);
    }
}

/// Tells what an open file is: kind, size, links.
Result<std::uint32_t> fstat64(int descriptor, UserPointer<struct stat64> status) {
    const OpenFile* file = TRY(descriptors().find(descriptor));
    return put_status(status, file->node());
}

/// Cuts or lengthens a file that is open for writing, to a length given in two halves.
Result<std::uint32_t> ftruncate64(int descriptor, unsigned low, unsigned high) {
    const OpenFile* file = TRY(descriptors().find(descriptor));
    if ((high & 1U << 31) != 0 || !file->can_write()) {
        return std::unexpected(Error::InvalidArgument);
    }
    TRY(file->node().resize(joined(low, high)));
    return 0U;
}

/// Puts as many entries of a directory as fit into `buffer`, from the place where the last call ended. Returns how many
/// bytes they take, 0 at the end.
Result<std::uint32_t> getdents64(int descriptor, UserPointer<char> buffer, size_t size) {
    OpenFile* file = TRY(descriptors().find(descriptor));
    files::Directory* directory = file->node().as_directory();
    if (directory == nullptr) {
        return std::unexpected(Error::NotDirectory);
    }
    size = std::min(size, piece_size); // fewer entries than fit are allowed
    std::uint32_t done = 0;
    for (;;) {
        const auto next =
            directory->next(static_cast<std::uint32_t>(std::min<std::uint64_t>(file->place(), 0xFFFF'FFFF)));
        if (!next) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(next.error());
        }
        if (!next->node) {
            return done;
        }
        constexpr std::uint32_t name_at = offsetof(linux_dirent64, d_name);
        const std::uint32_t used = name_at + static_cast<std::uint32_t>(next->name.size()) + 1;
        const std::uint32_t length = (used + 7) / 8 * 8; // the next one is aligned to 8 bytes
        if (length > size - done) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(Error::InvalidArgument);
        }
        std::array<char, name_at + NAME_MAX + 1 + 7> bytes{};
        linux_dirent64 entry{};
        entry.d_ino_low = next->node->number();
        entry.d_off_low = next->position;
        entry.d_reclen = static_cast<std::uint16_t>(length);
        entry.d_type = static_cast<std::uint8_t>(next->node->mode() >> 12); // DT_REG is S_IFREG >> 12, and so on
        std::memcpy(bytes.data(), &entry, name_at);
        std::copy(next->name.begin(), next->name.end(), bytes.begin() + name_at);
        if (const Result<void> copied = copy_to_user(buffer + done, std::span<const char>(bytes).first(length));
            !copied) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(copied.error());
        }
        done += length;
        file->set_place(next->position);
    }
}

/// Does nothing: what was written is in memory, where the file is. EINVAL for what keeps nothing.
Result<std::uint32_t> fsync(int descriptor) {
    const OpenFile* file = TRY(descriptors().find(descriptor));
    const files::Node::Kind kind = file->node().kind();
    const bool keeps = kind == files::Node::Kind::File || kind == files::Node::Kind::Directory;
    return keeps ? Result<std::uint32_t>(0U) : std::unexpected(Error::InvalidArgument);
}

/// Changes a file's permissions, which are kept and told.
Result<std::uint32_t> fchmod(int descriptor, unsigned permissions) {
    const OpenFile* file = TRY(descriptors().find(descriptor));
    file->node().set_permissions(permissions);
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
