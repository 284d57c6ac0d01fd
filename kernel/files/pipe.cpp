// Pipes: two open files, of which one reads what the other writes (chapter 18).
#include "files/pipe.hpp"

#include "files/pipe_buffer.hpp"
#include "files/waiters.hpp"
#include "memory/new.hpp"
#include "memory/user_memory.hpp"
#include "process/signals.hpp"

#include "abi/terminal.h"

#include <utility>

namespace kernel::files {

namespace {

/// What the two ends share.
struct Pipe : Counted {
    PipeBuffer buffer;
    Waiters readers; // wait for bytes
    Waiters writers; // wait for room
    bool has_reader = true;
    bool has_writer = true;
};

class End : public Node {
public:
    explicit End(Reference<Pipe> pipe) : Node(Kind::Pipe, 0600), pipe_(std::move(pipe)) {}
    [[nodiscard]] bool is_seekable() const override { return false; }
    Result<std::uint32_t> control(std::uint32_t request, std::uint32_t argument) override {
        if (request != FIONREAD) {
            return std::unexpected(Error::NotATerminal);
        }
        TRY(copy_to_user(UserPointer<std::uint32_t>(argument), pipe_->buffer.size()));
        return 0U;
    }

protected:
    /// Sleeps among `waiters` until `holds()`, if the one who transfers may.
    template <typename Condition>
    static Result<void> wait(const Transfer& transfer, Waiters& waiters, Condition holds) {
        if (!transfer.may_wait() && !holds()) {
            return std::unexpected(Error::TryAgain);
        }
        return scheduler::sleep_until(waiters.sleepers, holds);
    }

    Reference<Pipe> pipe_;
};

/// It lives as long as an open file refers to it. Its end is what writers must know of.
class ReadEnd final : public End {
public:
    using End::End;
    ~ReadEnd() override {
        pipe_->has_reader = false;
        pipe_->writers.wake_all();
    }

    [[nodiscard]] std::uint32_t ready() const override {
        return (pipe_->buffer.size() > 0 ? POLLIN : 0) | (pipe_->has_writer ? 0 : POLLHUP);
    }
    [[nodiscard]] Waiters* waiters() override { return &pipe_->readers; }

    Result<std::uint32_t> read(std::uint64_t, Transfer& to) override {
        TRY(wait(to, pipe_->readers, [&] { return pipe_->buffer.size() > 0 || to.left() == 0 || !pipe_->has_writer; }));
        const Result<std::uint32_t> done = pipe_->buffer.read(to);
        pipe_->writers.wake_all();
        return done;
    }
};

class WriteEnd final : public End {
public:
    using End::End;
    ~WriteEnd() override {
        pipe_->has_writer = false;
        pipe_->readers.wake_all();
    }

    /// There is room if a write of PIPE_BUF bytes would not wait.
    [[nodiscard]] std::uint32_t ready() const override {
        return (pipe_->buffer.room() >= PIPE_BUF ? POLLOUT : 0) | (pipe_->has_reader ? 0 : POLLERR);
    }
    [[nodiscard]] Waiters* waiters() override { return &pipe_->writers; }

    Result<std::uint32_t> write(std::uint64_t, Transfer& from) override {
        const std::uint32_t least = from.left() <= PIPE_BUF ? from.left() : 1;
        std::uint32_t done = 0;
        while (from.left() > 0) {
            const Result<std::uint32_t> moved = write_what_fits(least, from);
            if (!moved) {
                return done > 0 ? Result<std::uint32_t>(done) : moved;
            }
            done += *moved;
        }
        return done;
    }

private:
    Result<std::uint32_t> write_what_fits(std::uint32_t least, Transfer& from) {
        TRY(wait(from, pipe_->writers, [&] { return !pipe_->has_reader || pipe_->buffer.room() >= least; }));
        if (!pipe_->has_reader) {
            signals::send(current(), SIGPIPE, {.code = SI_USER});
            return std::unexpected(Error::BrokenPipe);
        }
        const std::uint32_t done = TRY(pipe_->buffer.write(from));
        pipe_->readers.wake_all();
        return done;
    }
};

} // namespace

Result<PipeEnds> make_pipe(std::uint32_t flags) {
    const Reference<Pipe> pipe(TRY(allocate<Pipe>()));
    const Reference<Node> reader(TRY(allocate<ReadEnd>(pipe)));
    const Reference<Node> writer(TRY(allocate<WriteEnd>(pipe)));
    PipeEnds ends;
    ends.reader = Reference<OpenFile>(TRY(allocate<OpenFile>(reader, flags | O_RDONLY)));
    ends.writer = Reference<OpenFile>(TRY(allocate<OpenFile>(writer, flags | O_WRONLY)));
    return ends;
}

} // namespace kernel::files
