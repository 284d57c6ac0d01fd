// Transfers: where a read's bytes go and a write's bytes come from (chapter 15).
#pragma once

#include "lib/error.hpp"
#include "lib/panic.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace kernel::files {

/// The other side of a read or write: a row of bytes in a program's memory or in the kernel's, used up from its start.
/// What fills or empties it copies once and need not know which it is.
class Transfer {
public:
    explicit Transfer(std::uint32_t size) : left_(size) {}
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    virtual ~Transfer() = default;

    /// How many bytes are still to be put or taken.
    [[nodiscard]] std::uint32_t left() const { return left_; }
    /// It goes on with so many: for what is transferred in pieces.
    void set_left(std::uint32_t bytes) { left_ = bytes; }

    /// Whether what has nothing to give yet, or no room yet, may have the process sleep: not with O_NONBLOCK. TryAgain then.
    [[nodiscard]] bool may_wait() const { return may_wait_; }
    void forbid_waiting() { may_wait_ = false; }

    /// The next bytes: of a read, or of a write. No more than left(). BadAddress if the program's memory can't take or
    /// give all of them; then none counts as transferred, though some may have been copied.
    [[nodiscard]] Result<void> put(std::span<const std::byte> bytes) {
        KERNEL_ASSERT(bytes.size() <= left_, "no more is put into a transfer than it has room for");
        TRY(copy_to(bytes));
        advance(bytes.size());
        return {};
    }
    [[nodiscard]] Result<void> take(std::span<std::byte> bytes) {
        KERNEL_ASSERT(bytes.size() <= left_, "no more is taken from a transfer than it has");
        TRY(copy_from(bytes));
        advance(bytes.size());
        return {};
    }
    /// Puts `count` zeros.
    [[nodiscard]] Result<void> put_zeros(std::uint32_t count);

protected:
    /// Copies from or to the byte that lies `done()` bytes after the start.
    [[nodiscard]] virtual Result<void> copy_to(std::span<const std::byte> bytes) = 0;
    [[nodiscard]] virtual Result<void> copy_from(std::span<std::byte> bytes) = 0;
    [[nodiscard]] std::uint32_t done() const { return done_; }

private:
    void advance(std::size_t bytes) {
        left_ -= static_cast<std::uint32_t>(bytes);
        done_ += static_cast<std::uint32_t>(bytes);
    }

    std::uint32_t left_;
    std::uint32_t done_ = 0;
    bool may_wait_ = true;
};

/// The kernel's own memory. A write takes from it and changes nothing there.
class KernelTransfer final : public Transfer {
public:
    explicit KernelTransfer(std::span<std::byte> memory)
        : Transfer(static_cast<std::uint32_t>(memory.size())), to_(memory.data()), from_(memory.data()) {}
    explicit KernelTransfer(std::span<const std::byte> memory)
        : Transfer(static_cast<std::uint32_t>(memory.size())), from_(memory.data()) {}

private:
    Result<void> copy_to(std::span<const std::byte> bytes) override;
    Result<void> copy_from(std::span<std::byte> bytes) override;

    std::byte* to_ = nullptr;
    const std::byte* from_;
};

} // namespace kernel::files
