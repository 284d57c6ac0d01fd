// Nodes: what the names in the file system lead to (chapter 15).
#pragma once

#include "files/transfer.hpp"
#include "lib/error.hpp"
#include "lib/reference.hpp"

#include "abi/files.h"

#include <cstdint>
#include <string_view>

namespace kernel::files {

class Directory;
class Waiters;

/// A file, directory, symbolic link, pipe or device: what POSIX calls a file serial number's file, and Unix an inode. It
/// has no name of its own: directories give names, any number of them, and an open file needs none. It lives as long as
/// a name or an open file refers to it.
class Node : public Counted {
public:
    enum class Kind : std::uint32_t {
        Pipe = S_IFIFO,
        Device = S_IFCHR,
        Directory = S_IFDIR,
        File = S_IFREG,
        Link = S_IFLNK,
    };

    /// `permissions`: the low 12 bits of a mode. They are kept and told, not enforced: there is one user. `number`: for
    /// what is made anew each time that it is looked up (chapter 18), and has the same number then; 0 is the next free one.
    Node(Kind kind, std::uint32_t permissions, std::uint32_t number = 0);

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] std::uint32_t mode() const { return static_cast<std::uint32_t>(kind_) | permissions_; }
    void set_permissions(std::uint32_t permissions) { permissions_ = permissions & 07777; }
    /// Different for each file since the start.
    [[nodiscard]] std::uint32_t number() const { return number_; }
    /// How many names lead here (a directory's "." and ".." among them).
    [[nodiscard]] std::uint32_t link_count() const { return link_count_; }
    void add_link() { ++link_count_; }
    void remove_link() { --link_count_; }
    /// The directory in which the name lies that was given last, for /proc (chapter 20); null if that was taken away since.
    [[nodiscard]] Directory* home() const { return home_; }
    /// The position of that name there; if it has none, that of the first which may be its own.
    [[nodiscard]] std::uint32_t position() const { return position_; }
    void set_home(Directory* directory, std::uint32_t position) { home_ = directory, position_ = position; }
    void leave_home(const Directory& directory, std::uint32_t position) {
        home_ = home_ == &directory && position_ == position ? nullptr : home_;
    }
    /// When the contents changed last, in seconds.
    [[nodiscard]] std::uint32_t modified() const { return modified_; }
    void set_modified(std::uint32_t seconds) { modified_ = seconds; }
    void touch(); // now

    [[nodiscard]] virtual std::uint64_t size() const { return 0; }
    /// Memory that it takes, in frames.
    [[nodiscard]] virtual std::uint32_t frame_count() const { return 0; }
    /// A device's major number * 256 and minor number.
    [[nodiscard]] virtual std::uint32_t device_number() const { return 0; }
    /// Whether an open file has a place in it, which lseek moves.
    [[nodiscard]] virtual bool is_seekable() const { return true; }

    /// Why the current process may not open it. NoDeviceAddress for a device that is not there for this process. (Chapter 18.)
    [[nodiscard]] virtual Result<void> may_be_opened() const { return {}; }

    /// No program changes while it runs: TextFileBusy for a file that processes run, to who would open it for writing or cut it
    /// off, and for one that is open for writing, to who would run it. (Chapter 16.)
    [[nodiscard]] Result<void> may_be_written() const { return busy_if(runners_ > 0); }
    [[nodiscard]] Result<void> may_be_run() const { return busy_if(writers_ > 0); }
    /// How many open files can write to it, and how many processes run it.
    void add_writer() { ++writers_; }
    void remove_writer() { --writers_; }
    void add_runner() { ++runners_; }
    void remove_runner() { --runners_; }

    /// Moves bytes from or to `offset`: how many, 0 at the end of a file. InvalidArgument where there is nothing to read
    /// or write.
    [[nodiscard]] virtual Result<std::uint32_t> read(std::uint64_t offset, Transfer& to);
    [[nodiscard]] virtual Result<std::uint32_t> write(std::uint64_t offset, Transfer& from);
    /// Where page `number` of the contents, which is inside, lies in a page frame of its own; nullptr if it has none. What
    /// shares that frame keeps what is in it now: a later write goes to another frame. (Chapter 19.)
    [[nodiscard]] virtual const std::byte* page(std::uint32_t /*number*/) const { return nullptr; }
    /// Cuts or lengthens a file. InvalidArgument for everything else.
    [[nodiscard]] virtual Result<void> resize(std::uint64_t size);

    /// ioctl, for what is a terminal or a pipe: `argument` is mostly an address of the program's. NotATerminal. (Chapter 18.)
    [[nodiscard]] virtual Result<std::uint32_t> control(std::uint32_t request, std::uint32_t argument);

    /// What of poll's events holds now, and who is woken when that changes; nullptr where it never does. (Chapter 18.)
    [[nodiscard]] virtual std::uint32_t ready() const { return POLLIN | POLLOUT; }
    [[nodiscard]] virtual Waiters* waiters() { return nullptr; }

    /// Itself, if it is a directory; nullptr otherwise. (The kernel has no RTTI.)
    [[nodiscard]] virtual Directory* as_directory() { return nullptr; }
    /// A symbolic link's text; empty for others.
    [[nodiscard]] virtual std::string_view target() const { return {}; }
    /// Where a symbolic link leads without a path: to a node that need not have one (chapter 18). Nothing for others.
    [[nodiscard]] virtual Reference<Node> leads_to() const { return {}; }

private:
    static Result<void> busy_if(bool is_busy) {
        return is_busy ? std::unexpected(Error::TextFileBusy) : Result<void>();
    }

    Kind kind_;
    std::uint32_t permissions_;
    std::uint32_t number_;
    std::uint32_t link_count_ = 0;
    std::uint32_t writers_ = 0;
    std::uint32_t runners_ = 0;
    std::uint32_t modified_;
    Directory* home_ = nullptr;
    std::uint32_t position_ = 3; // after "." and ".."
};

/// Seconds for the times of files. The clock's side is in files/clock.cpp; unit tests have their own.
[[nodiscard]] std::uint32_t seconds_now();

} // namespace kernel::files
