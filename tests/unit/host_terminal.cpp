// A terminal of this machine, a pseudoterminal.
#include "host_terminal.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

void must(bool condition, const char* what) {
    if (!condition) {
        throw std::runtime_error(what);
    }
}

} // namespace

HostTerminal::HostTerminal() {
    master_ = posix_openpt(O_RDWR | O_NOCTTY);
    must(master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0, "no pseudoterminal could be made");
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY); // NOLINT(concurrency-mt-unsafe): tests have one thread
    must(slave_ >= 0, "the pseudoterminal could not be opened");
}

HostTerminal::~HostTerminal() {
    close(slave_);
    close(master_);
}

void HostTerminal::set(const Settings& settings) {
    must(ioctl(slave_, TCSETS, settings.data()) == 0, "the terminal's settings could not be changed");
}

void HostTerminal::type(std::string_view text, std::string_view echo) {
    must(write(master_, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "nothing could be typed");
    std::string shown;
    while (!shown.contains(echo)) {
        std::array<char, 4096> piece;
        const ssize_t count = ::read(master_, piece.data(), piece.size());
        must(count > 0, "the terminal shows nothing");
        shown.append(piece.data(), static_cast<std::size_t>(count));
    }
}

std::string HostTerminal::read() {
    std::array<char, 4096> line;
    const ssize_t count = ::read(slave_, line.data(), line.size());
    must(count >= 0, "nothing could be read");
    return {line.data(), static_cast<std::size_t>(count)};
}
