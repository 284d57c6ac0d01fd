// The same keys at the kernel's terminal and at one of this machine: a program reads the same. The host's Linux is what says
// what is right.
#include "catch.hpp"
#include "host_terminal.hpp"

#include "files/line_discipline.hpp"

#include <bit>
#include <random>
#include <string>
#include <vector>

using namespace kernel;
using files::LineDiscipline;

namespace {

constexpr LineDiscipline::Effects no_effects{
    .show = [](std::string_view) {}, .send_signal = [](unsigned) {}, .wake_readers = [] {}};

/// One read of at most 4,096 bytes.
std::string read(LineDiscipline& discipline) {
    std::string text;
    for (bool goes_on = true; goes_on;) {
        char piece[64];
        const std::size_t count = discipline.peek(piece);
        text.append(piece, count);
        goes_on = discipline.discard(count);
    }
    return text;
}

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    termios settings() {
        // With ECHO, since its echo tells when the host is done. Without IXON: ctrl-S would stop just that.
        termios settings = LineDiscipline::first_settings;
        settings.c_lflag = ECHO;
        for (const unsigned flag : {ICANON, ICANON, IEXTEN, IEXTEN, ISIG, NOFLSH, ECHOE, ECHOK, ECHOCTL, ECHOKE}) {
            settings.c_lflag |= chance(2) ? flag : 0;
        }
        settings.c_iflag = 0;
        for (const unsigned flag : {ICRNL, INLCR, IGNCR}) {
            settings.c_iflag |= chance(3) ? flag : 0;
        }
        if ((settings.c_iflag & INLCR) != 0) { // else nothing would end a line
            settings.c_iflag = INLCR | ICRNL;
        }
        settings.c_cc[VMIN] = 1;
        settings.c_cc[VERASE] = '\b'; // which is always one here
        std::string others = "#@bc";  // each for one: it is not said what a character does that is two
        for (const unsigned index : {VINTR, VQUIT, VKILL, VEOF, VSUSP, VEOL, VREPRINT, VWERASE, VLNEXT, VEOL2}) {
            if (chance(5)) {
                settings.c_cc[index] = static_cast<unsigned char>(others.empty() || chance(2) ? '\0' : others.back());
                others.resize(others.size() - (settings.c_cc[index] != 0 ? 1 : 0));
            }
        }
        return settings;
    }
    std::string keys() {
        std::string text(random_() % 60, '\0');
        for (char& character : text) {
            character = typed[random_() % typed.size()];
        }
        return text;
    }

private:
    // Some twice, to be met more often.
    static constexpr std::string_view typed = "abcdef_  \t#@\b\b\x7F\n\r\n\x03\x04\x15\x12\x16\x17\x17\x1A\x1C";

    bool chance(unsigned of) { return random_() % of == 0; }
    std::mt19937 random_;
};

std::string hex(std::string_view text) {
    std::string all;
    for (const char character : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(character);
        all += {digits[byte / 16], digits[byte % 16], ' '};
    }
    return all;
}

/// All reads up to the last line. Where there are no lines, all together: how much one read gets depends on when it comes.
template <typename Read>
std::vector<std::string> reads_to_end(bool has_lines, const Read& read) {
    std::vector<std::string> all;
    std::string together;
    while (!together.ends_with("END\n")) {
        all.push_back(read());
        together += all.back();
    }
    return has_lines ? all : std::vector{together};
}

} // namespace

TEST_CASE("what is typed is read as it is on this machine") {
    HostTerminal host;
    LineDiscipline ours(no_effects);
    Generator generator(18);
    std::size_t ends = 0;
    for (int i = 0; i < 4000; ++i) {
        const termios settings = generator.settings();
        const std::string keys = generator.keys();
        // The last line: an `a` that VLNEXT may take, an end of the line before, and a line of its own.
        const char end = (settings.c_iflag & INLCR) != 0 ? '\r' : '\n';
        const std::string all = keys + 'a' + end + "END" + end;
        INFO(i << ": lflag " << std::oct << settings.c_lflag << ", iflag " << settings.c_iflag << std::dec << ", c_cc "
               << hex({reinterpret_cast<const char*>(settings.c_cc), NCCS}) << ", keys " << hex(keys));

        host.set(std::bit_cast<HostTerminal::Settings>(settings));
        ours.change(settings);
        host.type(all, "END");
        for (const char key : all) {
            REQUIRE(ours.has_room());
            ours.put(key);
        }
        const bool has_lines = (settings.c_lflag & ICANON) != 0;
        const auto expected = reads_to_end(has_lines, [&] { return host.read(); });
        const auto found = reads_to_end(has_lines, [&] {
            REQUIRE(ours.ready());
            return read(ours);
        });
        REQUIRE(found == expected);
        ends += static_cast<std::size_t>(std::ranges::count(found, ""));
    }
    CHECK(ends > 100); // of input, in between
}
