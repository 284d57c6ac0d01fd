// Control sequences: where the cursor goes, what is erased, which colours come.
#include "catch.hpp"

#include "drivers/ansi.hpp"

#include <random>
#include <string>

using namespace kernel::vga;

namespace {

class Terminal {
public:
    Terminal& operator()(std::string_view text) {
        for (const char character : text) {
            if (!ansi_.take(screen, character)) {
                screen.put(character);
            }
        }
        return *this;
    }
    std::string row(std::size_t number) const {
        std::string text;
        for (std::size_t column = 0; column < Screen::columns; ++column) {
            text += static_cast<char>(screen.cells()[number * Screen::columns + column] & 0xFF);
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }
    std::pair<std::size_t, std::size_t> cursor() const {
        return {screen.cursor() / Screen::columns, screen.cursor() % Screen::columns};
    }
    unsigned attribute() {
        (*this)("\x1B[s\x1B[25;1HX\x1B[u");
        return screen.cells()[24 * Screen::columns] >> 8;
    }

    Screen screen;

private:
    Ansi ansi_;
};

using Place = std::pair<std::size_t, std::size_t>;

} // namespace

TEST_CASE("sequences are not shown") {
    Terminal terminal;
    CHECK(terminal("a\x1B[1mb\x1B[?25hc\x1B[999zd\x1B"
                   "7e")
              .row(0) == "abcde");
    CHECK(terminal("\x1B(Bf\x1B)0g\x1B#8h").row(0) == "abcdefgh");
}

TEST_CASE("the cursor moves, and stops at the borders") {
    Terminal terminal;
    CHECK(terminal("\x1B[5;10H").cursor() == Place(4, 9));
    CHECK(terminal("\x1B[2A\x1B[3C").cursor() == Place(2, 12));
    CHECK(terminal("\x1B[B\x1B[D").cursor() == Place(3, 11));
    CHECK(terminal("\x1B[G\x1B[20d").cursor() == Place(19, 0));
    CHECK(terminal("\x1B[999;999f").cursor() == Place(24, 79));
    CHECK(terminal("\x1B[99999999999A\x1B[999D").cursor() == Place(0, 0));
    CHECK(terminal("\x1B[7;7H\x1B[s\x1B[H").cursor() == Place(0, 0));
    CHECK(terminal("\x1B[u").cursor() == Place(6, 6));
    CHECK(terminal("\x1B"
                   "7\x1B[H\x1B"
                   "8")
              .cursor() == Place(6, 6));
    CHECK(terminal("\x1B[0;0H").cursor() == Place(0, 0));
}

TEST_CASE("rows and the screen are erased from, up to, or around the cursor") {
    Terminal terminal;
    terminal("one\r\ntwotwo\r\nthree\x1B[2;4H");
    SECTION("to the row's end") {
        CHECK(terminal("\x1B[K").row(1) == "two");
    }
    SECTION("from its begin") {
        CHECK(terminal("\x1B[1K").row(1) == "    wo");
    }
    SECTION("all of it") {
        CHECK(terminal("\x1B[2K").row(1).empty());
    }
    SECTION("to the screen's end") {
        terminal("\x1B[J");
        CHECK((terminal.row(0) == "one" && terminal.row(1) == "two" && terminal.row(2).empty()));
    }
    SECTION("from its begin") {
        terminal("\x1B[1J");
        CHECK((terminal.row(0).empty() && terminal.row(1) == "    wo" && terminal.row(2) == "three"));
    }
    SECTION("all of it") {
        terminal("\x1B[2J");
        CHECK((terminal.row(0).empty() && terminal.row(1).empty() && terminal.row(2).empty()));
    }
    CHECK(terminal.cursor() == Place(1, 3));
}

TEST_CASE("colours") {
    Terminal terminal;
    CHECK(terminal.attribute() == 0x07);
    CHECK(terminal("\x1B[31m").attribute() == 0x04);
    CHECK(terminal("\x1B[1m").attribute() == 0x0C);
    CHECK(terminal("\x1B[44;33m").attribute() == 0x1E);
    CHECK(terminal("\x1B[22m").attribute() == 0x16);
    CHECK(terminal("\x1B[7m").attribute() == 0x61);
    CHECK(terminal("\x1B[27;39;49m").attribute() == 0x07);
    CHECK(terminal("\x1B[96;102m").attribute() == 0x2B);
    CHECK(terminal("\x1B[m").attribute() == 0x07);
    CHECK(terminal("\x1B[0;38;5;7m\x1B[48;5;1m").attribute() == 0x07); // of 256 colours: not known, and nothing else
    CHECK(terminal("\x1B[38;2;1;7;31;32m").attribute() == 0x02);       // of all colours; then one that is
    CHECK(terminal("\x1B[1;38;2;0;0;0;48;2;0;0;0;31m").attribute() == 0x0C);
    CHECK(terminal("\x1B[38m\x1B[48;2m\x1B[38;5m\x1B[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;38m").attribute() == 0x0C);
}

namespace {

/// A terminal with "1" in row 1, "2" in row 2 and so on.
Terminal numbered() {
    Terminal terminal;
    for (std::size_t row = 1; row <= Screen::rows; ++row) {
        terminal("\x1B[" + std::to_string(row) + "H" + std::to_string(row));
    }
    return terminal;
}

std::string rows_of(const Terminal& terminal, std::size_t first, std::size_t last) {
    std::string text;
    for (std::size_t row = first; row <= last; ++row) {
        text += terminal.row(row - 1) + '|';
    }
    return text;
}

} // namespace

TEST_CASE("only the region scrolls") {
    Terminal terminal = numbered();
    CHECK(terminal("\x1B[3;5r").cursor() == Place(0, 0));
    CHECK(rows_of(terminal("\x1B[5;2Hend\nnew"), 1, 7) == "1|2|4|5end|new|6|7|");
    CHECK(terminal.cursor() == Place(4, 3));
    CHECK(rows_of(terminal("\x1B[5;80Hxy"), 1, 7) ==
          "1|2|5end|new" + std::string(76, ' ') + "x|y|6|7|"); // by writing on, too
    CHECK(rows_of(terminal("\x1B[5;78H\t"), 1, 7).ends_with("x|y||6|7|"));
    CHECK(rows_of(terminal("\x1B[2;1H\n\n\n"), 1, 7).ends_with("x|y||6|7|")); // up to its last row nothing does
    CHECK(terminal.cursor() == Place(4, 0));
    CHECK(rows_of(terminal("\x1B[r\x1B[25;1H\n"), 1, 2) == "2|new" + std::string(76, ' ') + "x|");
}

TEST_CASE("nothing scrolls below the region") {
    Terminal terminal = numbered();
    terminal("\x1B[1;3r\x1B[25;5H");
    CHECK(rows_of(terminal("\n"), 1, 25) == rows_of(numbered(), 1, 25));
    CHECK(terminal.cursor() == Place(24, 0));
    CHECK(rows_of(terminal("\x1B[25;79Hab"), 1, 24) == rows_of(numbered(), 1, 24));
    CHECK(terminal.row(24).ends_with(" a"));
    CHECK(terminal("\033D").cursor() == Place(24, 79));
    CHECK(terminal("\x1B[10Hx\n").cursor() == Place(10, 0));
}

TEST_CASE("a region has two rows at least, and ends with the screen") {
    Terminal terminal;
    CHECK(terminal("\x1B[5;9H\x1B[4;4r").cursor() == Place(4, 8));
    CHECK(terminal("\x1B[9;3r").cursor() == Place(4, 8));
    CHECK(terminal("\x1B[20;99r\x1B[25HX\n").row(23) == "X");
}

TEST_CASE("rows are inserted, deleted and scrolled in the region") {
    Terminal terminal = numbered();
    terminal("\x1B[2;6r");
    CHECK(rows_of(terminal("\x1B[3;1H\x1B[2L"), 1, 7) == "1|2|||3|4|7|");
    CHECK(terminal.cursor() == Place(2, 0));
    CHECK(rows_of(terminal("\x1B[2M"), 1, 7) == "1|2|3|4|||7|");
    CHECK(rows_of(terminal("\x1B[S"), 1, 7) == "1|3|4||||7|");
    CHECK(rows_of(terminal("\x1B[2T"), 1, 7) == "1|||3|4||7|");
    CHECK(rows_of(terminal("\x1B[8H\x1B[L\x1B[M"), 1, 8) == "1|||3|4||7|8|"); // outside it nothing
    CHECK(rows_of(terminal("\x1B[4H\x1B[10000L"), 1, 7) == "1||||||7|");
}

TEST_CASE("a row down and up") {
    Terminal terminal = numbered();
    terminal("\x1B[2;4r\x1B[4;3H\033D");
    CHECK(rows_of(terminal, 1, 5) == "1|3|4||5|");
    CHECK(terminal.cursor() == Place(3, 2));
    terminal("\x1B[2;3H\x1BM\x1BM");
    CHECK(rows_of(terminal, 1, 5) == "1|||3|5|");
    CHECK(terminal.cursor() == Place(1, 2));
    CHECK(terminal("\033E").cursor() == Place(2, 0));
    CHECK(terminal("\x1BM").cursor() == Place(1, 0));
}

TEST_CASE("characters are inserted, deleted and blanked in the row") {
    Terminal terminal;
    terminal("abcdef\r\nnext\x1B[1;3H");
    CHECK(terminal("\x1B[2@").row(0) == "ab  cdef");
    CHECK(terminal("\x1B[3P").row(0) == "abdef");
    CHECK(terminal("\x1B[2X").row(0) == "ab  f");
    CHECK((terminal("\x1B[99P").row(0) == "ab" && terminal.row(1) == "next"));
    CHECK(terminal.cursor() == Place(0, 2));
}

TEST_CASE("all as at first") {
    Terminal terminal = numbered();
    terminal("\x1B[31;44m\x1B[2;4r\033c");
    CHECK(rows_of(terminal, 1, 3) == "|||");
    CHECK(terminal.cursor() == Place(0, 0));
    CHECK(terminal.attribute() == 0x07);
    CHECK(rows_of(terminal("a\nb\x1B[25;1Hc\n"), 1, 2) == "b||");
}

TEST_CASE("no bytes break it") {
    std::mt19937 random(18);
    Terminal terminal;
    for (int i = 0; i < 300000; ++i) {
        constexpr char some[] = "\x1B[[;;0123456789ABCDEGHJKLMPSTX@crmsudf78?\n\b\t";
        terminal({random() % 4 == 0 ? std::string(1, static_cast<char>(random()))
                                    : std::string(1, some[random() % (sizeof(some) - 1)])});
        REQUIRE(terminal.screen.cursor() < Screen::cell_count);
    }
}
