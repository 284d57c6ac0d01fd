// Devices: nodes that are not files but do something (chapter 15).
#include "files/devices.hpp"

#include "memory/new.hpp"
#include "process/process_console.hpp"

#include "layout.h"

#include <algorithm>
#include <array>

namespace kernel::files {

namespace {

using Action = Result<std::uint32_t> (*)(Transfer& transfer);

/// The numbers are Linux's (its Documentation/admin-guide/devices.txt): major * 256 + minor.
enum class Number : std::uint32_t { Null = 0x103, Zero = 0x105, Full = 0x107, Console = 0x501 };

class Device final : public Node {
public:
    Device(Number number, Action reading, Action writing, bool is_seekable)
        : Node(Kind::Device, 0666), number_(number), read_(reading), write_(writing), is_seekable_(is_seekable) {}

    [[nodiscard]] std::uint32_t device_number() const override { return static_cast<std::uint32_t>(number_); }
    [[nodiscard]] bool is_seekable() const override { return is_seekable_; }
    Result<std::uint32_t> read(std::uint64_t, Transfer& to) override { return read_(to); }
    Result<std::uint32_t> write(std::uint64_t, Transfer& from) override { return write_(from); }

private:
    Number number_;
    Action read_;
    Action write_;
    bool is_seekable_;
};

Result<std::uint32_t> read_nothing(Transfer&) {
    return 0U;
}

Result<std::uint32_t> write_nothing(Transfer& from) {
    return from.left(); // not even copied
}

Result<std::uint32_t> write_no_space(Transfer& from) {
    return from.left() == 0 ? Result<std::uint32_t>(0U) : std::unexpected(Error::NoSpace);
}

Result<std::uint32_t> read_zeros(Transfer& to) {
    const std::uint32_t size = to.left();
    while (to.left() > 0) {
        if (const Result<void> put = to.put_zeros(std::min(to.left(), std::uint32_t{PAGE_SIZE})); !put) {
            return size > to.left() ? Result<std::uint32_t>(size - to.left()) : std::unexpected(put.error());
        }
    }
    return size;
}

/// The kernel's side of each copy from and to the console; on its stack, so small.
constexpr std::uint32_t piece_size = 256;

Result<std::uint32_t> read_console(Transfer& to) {
    if (to.left() == 0) {
        return 0U;
    }
    std::array<char, piece_size> piece;
    const auto line = TRY(process::peek_console(std::span(piece).first(std::min(to.left(), piece_size))));
    TRY(to.put(std::as_bytes(line))); // if it fails, the line is there for the next call
    process::discard_from_console(line.size());
    return static_cast<std::uint32_t>(line.size());
}

} // namespace

Result<std::uint32_t> write_console(Transfer& from) {
    std::uint32_t done = 0;
    while (from.left() > 0) {
        std::array<char, piece_size> piece;
        std::span<const char> rest = std::span(piece).first(std::min(from.left(), piece_size));
        Result<void> taken = from.take(std::as_writable_bytes(std::span(piece).first(rest.size())));
        while (taken && !rest.empty()) {
            if (const Result<std::size_t> written = process::write_line_to_console(rest); written) {
                rest = rest.subspan(*written);
                done += static_cast<std::uint32_t>(*written);
            } else {
                taken = std::unexpected(written.error());
            }
        }
        if (!taken) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(taken.error());
        }
    }
    return done;
}

Result<void> make_devices(const Base& base) {
    struct Entry {
        std::string_view name;
        Number number;
        Action read;
        Action write;
        bool is_seekable;
    };
    constexpr std::array<Entry, 4> devices = {{
        {"console", Number::Console, read_console, write_console, false},
        {"null", Number::Null, read_nothing, write_nothing, true},
        {"zero", Number::Zero, read_zeros, write_nothing, true},
        {"full", Number::Full, read_zeros, write_no_space, true},
    }};
    if (const Result<void> made = make_directory(base, "/dev", 0755); !made && made.error() != Error::Exists) {
        return made;
    }
    const Reference<Node> folder = TRY(find(base, "/dev"));
    Directory* directory = folder->as_directory();
    if (directory == nullptr) {
        return std::unexpected(Error::NotDirectory);
    }
    for (const Entry& entry : devices) {
        const Reference<Node> node(TRY(allocate<Device>(entry.number, entry.read, entry.write, entry.is_seekable)));
        if (directory->find(entry.name)) { // the archive has such a name: the device is what must be there
            directory->remove(entry.name);
        }
        TRY(directory->add(entry.name, node));
    }
    return {};
}

} // namespace kernel::files
