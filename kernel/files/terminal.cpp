// The terminal: screen and keyboard and the serial line alike, with line editing, and signals for its foreground (chapter 18).
#include "files/terminal.hpp"

#include "drivers/ansi.hpp"
#include "drivers/console.hpp"
#include "drivers/vga.hpp"
#include "files/devices.hpp"
#include "files/directory.hpp"
#include "files/line_discipline.hpp"
#include "files/root.hpp"
#include "files/waiters.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/user_memory.hpp"
#include "process/family.hpp"
#include "process/signals.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace kernel::files {

namespace {

Waiters readers;
std::int32_t session = 0; // 0: it belongs to none
std::int32_t foreground = 0;
winsize window{.ws_row = vga::Screen::rows, .ws_col = vga::Screen::columns, .ws_xpixel = 0, .ws_ypixel = 0};

void send_to_group(std::int32_t group, std::uint32_t signal) {
    const auto send = [](Process& process, std::uint32_t number) {
        signals::send(process, number, {.code = SI_KERNEL});
    };
    family::for_each(group, send, signal);
}

constinit LineDiscipline discipline({.show = [](std::string_view text) { console::write(text); },
                                     .send_signal =
                                         [](unsigned number) {
                                             if (foreground != 0) {
                                                 send_to_group(foreground, number);
                                             }
                                         },
                                     .wake_readers = [] { readers.wake_all(); }});

constexpr console::Receiver receiver{.has_room = [] { return discipline.has_room(); },
                                     .take = [](char character) { discipline.put(character); }};

/// Whether the terminal belongs to the session of the current process.
bool is_own() {
    return family::session_of(current()) == session;
}

/// A session's leader takes the terminal if no session has it.
void take_if_free() {
    if (session == 0 && family::session_of(current()) == current().id()) {
        session = current().id();
        foreground = family::group_of(current());
    }
}

/// SIGCONT, so that those who are stopped hear of it, too.
void hang_up(std::int32_t group) {
    send_to_group(group, SIGHUP);
    send_to_group(group, SIGCONT);
}

/// An orphaned group must not stay stopped (POSIX, _exit).
void hang_up_if_stopped(std::int32_t group) {
    const auto look = [](Process& process, std::uint32_t) {
        if (signals::is_stopped(process)) {
            hang_up(family::group_of(process)); // then none of them is stopped
        }
    };
    family::for_each(group, look, 0);
}

/// With its leader a session loses the terminal.
void take_from(std::int32_t leaderless) {
    if (session == leaderless) {
        hang_up(foreground);
        session = foreground = 0;
        readers.wake_all(); // those of the session are to be told
    }
}

/// Whether the session of the current process can have a terminal.
bool has_leader() {
    const Process* const leader = process::find(family::session_of(current()));
    return leader != nullptr && !leader->ended();
}

/// Stops the process by `signal` if it is not in the foreground: the call is made once more when it goes on. What can't be
/// stopped so is told: false. So is a process whose session has lost the terminal.
Result<bool> is_in_foreground(unsigned signal) {
    take_if_free();
    const std::int32_t group = family::group_of(current());
    if (!is_own() || group == foreground) {
        return is_own() || has_leader();
    }
    if (signals::is_blocked_or_ignored(signal)) {
        return false;
    }
    if (family::is_orphaned(current())) {
        return std::unexpected(Error::InputOutput); // it would stay stopped
    }
    send_to_group(group, signal);
    return std::unexpected(Error::Interrupted);
}

/// The kernel's side of each copy; on its stack, so small.
constexpr std::uint32_t piece_size = 256;

constexpr std::uint32_t console_number = 0x501; // as Linux has them
constexpr std::uint32_t tty_number = 0x500;

class Terminal final : public Node {
public:
    explicit Terminal(std::uint32_t device) : Node(Kind::Device, 0620), device_(device) {}

    [[nodiscard]] std::uint32_t device_number() const override { return device_; }
    [[nodiscard]] bool is_seekable() const override { return false; }

    /// /dev/tty is the terminal of the caller's session, whichever that is: here there is one or none.
    [[nodiscard]] Result<void> may_be_opened() const override {
        take_if_free();
        if (device_ == tty_number && !is_own()) {
            return std::unexpected(Error::NoDeviceAddress);
        }
        return {};
    }

    Result<std::uint32_t> read(std::uint64_t, Transfer& to) override {
        if (to.left() == 0) {
            return 0U;
        }
        TRY(wait_for_input(to));
        std::uint32_t done = 0;
        bool goes_on = true;
        while (goes_on && to.left() > 0) {
            std::array<char, piece_size> piece;
            const std::size_t count = discipline.peek(std::span(piece).first(std::min(to.left(), piece_size)));
            if (const Result<void> put = to.put(std::as_bytes(std::span(piece).first(count))); !put) {
                return done > 0 ? Result<std::uint32_t>(done)
                                : std::unexpected(put.error()); // it is there for the next call
            }
            goes_on = discipline.discard(count);
            done += static_cast<std::uint32_t>(count);
        }
        console::take_input(); // what has waited for room in the devices
        return done;
    }

    Result<std::uint32_t> write(std::uint64_t, Transfer& from) override {
        if ((discipline.settings().c_lflag & TOSTOP) != 0) {
            TRY(is_in_foreground(SIGTTOU));
        }
        take_if_free();
        return write_console(from);
    }

    /// A read with VMIN of 0 never waits, but there is something to read only if a byte is there; or the end of input.
    [[nodiscard]] std::uint32_t ready() const override {
        const bool has_lines = (discipline.settings().c_lflag & ICANON) != 0;
        return (discipline.ready() && (has_lines || discipline.available() > 0) ? POLLIN : 0) | POLLOUT;
    }
    [[nodiscard]] Waiters* waiters() override { return &readers; }

    Result<std::uint32_t> control(std::uint32_t request, std::uint32_t argument) override {
        take_if_free();
        switch (request) {
        case TCGETS:
            return tell(argument, discipline.settings());
        case TCSETS:
        case TCSETSW:
        case TCSETSF: {
            TRY(is_in_foreground(SIGTTOU));
            termios settings{};
            TRY(user_memory::copy_in(&settings, argument, sizeof(settings)));
            if (request == TCSETSF) {
                discipline.flush();
            }
            discipline.change(settings);
            console::take_input();
            return 0U;
        }
        case TCSBRK:
        case TCXONC:
            return 0U;
        case TCFLSH:
            TRY(is_in_foreground(SIGTTOU));
            if (argument > TCIOFLUSH) {
                return std::unexpected(Error::InvalidArgument);
            }
            if (argument != TCOFLUSH) { // what is written waits nowhere
                discipline.flush();
                console::take_input();
            }
            return 0U;
        case TIOCGWINSZ:
            return tell(argument, window);
        case TIOCSWINSZ: {
            winsize wanted{};
            TRY(user_memory::copy_in(&wanted, argument, sizeof(wanted)));
            if (std::memcmp(&wanted, &window, sizeof(window)) != 0 && foreground != 0) {
                send_to_group(foreground, SIGWINCH);
            }
            window = wanted;
            return 0U;
        }
        case FIONREAD:
            return tell(argument, discipline.available());
        case TIOCSCTTY:
            return take(argument != 0);
        default:
            break;
        }
        if (!is_own()) {
            return std::unexpected(Error::NotATerminal); // not one that it could control
        }
        switch (request) {
        case TIOCGPGRP:
            return tell(argument, foreground);
        case TIOCGSID:
            return tell(argument, session);
        case TIOCSPGRP:
            return set_foreground(argument);
        default:
            return std::unexpected(Error::NotATerminal);
        }
    }

private:
    template <typename T>
    static Result<std::uint32_t> tell(std::uint32_t argument, const T& value) {
        TRY(user_memory::copy_out(argument, &value, sizeof(value)));
        return 0U;
    }

    /// Whether there is any is asked anew after each sleep: another reader may have been quicker, or the process have been
    /// stopped meanwhile and be in the background now.
    static Result<void> wait_for_input(const Transfer& to) {
        for (Result<void> slept;; slept = scheduler::sleep(readers.sleepers)) {
            if (!TRY(is_in_foreground(SIGTTIN))) {
                return std::unexpected(Error::InputOutput);
            }
            if (discipline.ready(to.may_wait() ? to.left() : 1)) {
                return {};
            }
            if (!to.may_wait()) {
                return std::unexpected(Error::TryAgain);
            }
            TRY(slept);
        }
    }

    static Result<std::uint32_t> take(bool by_force) {
        const std::int32_t own = family::session_of(current());
        if (own != session) {
            if (own != current().id() || !by_force) {
                return std::unexpected(Error::NotPermitted);
            }
            session = own;
            foreground = family::group_of(current());
        }
        return 0U;
    }

    static Result<std::uint32_t> set_foreground(std::uint32_t argument) {
        std::int32_t group = 0;
        TRY(user_memory::copy_in(&group, argument, sizeof(group)));
        TRY(is_in_foreground(SIGTTOU));
        if (group < 0) {
            return std::unexpected(Error::InvalidArgument);
        }
        if (!family::has_group(group)) { // of this session; group 0 is no one's
            const auto nothing = [](Process&, std::uint32_t) {};
            const bool is_anothers = group != 0 && family::for_each(group, nothing, 0) > 0;
            return std::unexpected(is_anothers ? Error::NotPermitted : Error::NoProcess);
        }
        foreground = group;
        readers.wake_all(); // one of them may be the new foreground
        return 0U;
    }

    std::uint32_t device_;
};

} // namespace

void enable_terminal() {
    constexpr struct {
        std::string_view name;
        std::uint32_t number;
    } names[] = {{"console", console_number}, {"tty", tty_number}};
    const Base base{root(), root()};
    for (const auto& entry : names) {
        const Reference<Node> node(new (std::nothrow) Terminal(entry.number));
        const Result<Reference<Node>> folder = find(base, "/dev");
        KERNEL_ASSERT(node && folder, "there is memory for the terminal, and a directory for devices");
        Directory& directory = *(*folder)->as_directory();
        if (directory.find(entry.name)) {
            directory.remove(entry.name);
        }
        KERNEL_ASSERT(directory.add(entry.name, node), "there is memory for the terminal's names");
    }
    console::set_receiver(&receiver);
    family::set_end_hooks(hang_up_if_stopped, take_from);
    static constinit vga::Ansi ansi;
    vga::set_filter([](vga::Screen& screen, char character) { return ansi.take(screen, character); });
    static void (*flush)() = nullptr;
    flush = log::set_flush([] { // whatever a program has made of the screen, a panic must be seen there
        vga::set_filter(nullptr);
        vga::set_colours(vga::Colour::LightGrey, vga::Colour::Black);
        flush();
    });
}

} // namespace kernel::files
