// The text screen: where characters land, and which cells have to be copied to the hardware.
#include "catch.hpp"
#include "drivers/screen.hpp"

#include <string>

using namespace kernel::vga;

namespace {

void put(Screen& screen, std::string_view text) {
    for (const char character : text) {
        screen.put(character);
    }
}

/// The characters of a row, without the blanks at its end.
std::string row(const Screen& screen, std::size_t number) {
    std::string text;
    for (const Cell cell : screen.cells().subspan(number * Screen::columns, Screen::columns)) {
        text += static_cast<char>(cell & 0xFF);
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::pair<std::size_t, std::size_t> cursor(const Screen& screen) {
    return {screen.cursor() / Screen::columns, screen.cursor() % Screen::columns};
}

using Position = std::pair<std::size_t, std::size_t>; // row, column

} // namespace

TEST_CASE("a cell has the character in the low byte, the colours in the high one", "[screen]") {
    static_assert(make_cell('A', Colour::LightGrey, Colour::Black) == 0x0741);
    static_assert(make_cell('\xDB', Colour::White, Colour::Red) == 0x4FDB);
    Screen screen;
    CHECK(screen.cells()[0] == 0x0720);
    CHECK(screen.cells()[Screen::cell_count - 1] == 0x0720);
    screen.set_colours(Colour::Yellow, Colour::Blue);
    screen.put('A');
    CHECK(screen.cells()[0] == 0x1E41);
    CHECK(screen.cells()[1] == 0x0720);
}

TEST_CASE("characters move the cursor on, line ends to the next row", "[screen]") {
    Screen screen;
    put(screen, "ab\ncd\rX\n");
    CHECK(row(screen, 0) == "ab");
    CHECK(row(screen, 1) == "Xd");
    CHECK(cursor(screen) == Position{2, 0});
}

TEST_CASE("a full row goes on in the next", "[screen]") {
    Screen screen;
    put(screen, std::string(80, 'x'));
    CHECK(cursor(screen) == Position{1, 0});
    put(screen, "y");
    CHECK(row(screen, 0) == std::string(80, 'x'));
    CHECK(row(screen, 1) == "y");
}

TEST_CASE("below the last row the text moves up", "[screen]") {
    Screen screen;
    for (int i = 0; i < 25; ++i) {
        put(screen, "row " + std::to_string(i) + (i < 24 ? "\n" : ""));
    }
    CHECK(row(screen, 0) == "row 0");
    CHECK(row(screen, 24) == "row 24");
    SECTION("at a line end") {
        screen.set_colours(Colour::White, Colour::Green);
        put(screen, "\n");
        CHECK(row(screen, 0) == "row 1");
        CHECK(row(screen, 23) == "row 24");
        CHECK(row(screen, 24).empty());
        CHECK(cursor(screen) == Position{24, 0});
        CHECK(screen.cells()[23 * 80 + 79] == 0x0720); // the old rows keep their colours
        CHECK(screen.cells()[24 * 80] == 0x2F20);
        CHECK(screen.cells()[24 * 80 + 79] == 0x2F20);
    }
    SECTION("when the last row is full") {
        put(screen, std::string(80 - 6, '.'));
        CHECK(row(screen, 0) == "row 1");
        CHECK(row(screen, 23) == "row 24" + std::string(74, '.'));
        CHECK(cursor(screen) == Position{24, 0});
    }
    SECTION("at a tab in the last columns") {
        put(screen, "\r" + std::string(73, '.') + "\t");
        CHECK(row(screen, 0) == "row 1");
        CHECK(cursor(screen) == Position{24, 0});
    }
}

TEST_CASE("tabs go to the next multiple of eight", "[screen]") {
    Screen screen;
    const auto [before, after] = GENERATE(table<std::size_t, Position>({
        {0, {0, 8}},
        {1, {0, 8}},
        {7, {0, 8}},
        {8, {0, 16}},
        {71, {0, 72}},
        {72, {1, 0}},
        {79, {1, 0}},
    }));
    put(screen, std::string(before, 'x') + "\t");
    CHECK(cursor(screen) == after);
    CHECK(row(screen, 0) == std::string(before, 'x'));
}

TEST_CASE("backspace moves back and erases nothing", "[screen]") {
    Screen screen;
    SECTION("within a row") {
        put(screen, "abc\b\b");
        CHECK(row(screen, 0) == "abc");
        CHECK(cursor(screen) == Position{0, 1});
    }
    SECTION("at the top left it stays") {
        put(screen, "\b\b");
        CHECK(cursor(screen) == Position{0, 0});
    }
    SECTION("at the start of a row it goes to the row above") {
        put(screen, std::string(79, 'x') + "y\b \b");
        CHECK(row(screen, 0) == std::string(79, 'x'));
        CHECK(cursor(screen) == Position{0, 79});
    }
}

TEST_CASE("other control characters do nothing", "[screen]") {
    Screen screen;
    for (int code = 0; code < 0x20; ++code) {
        const char character = static_cast<char>(code);
        if (std::string_view("\n\r\t\b").find(character) == std::string_view::npos) {
            screen.put(character);
        }
    }
    screen.put('\x7F');
    CHECK(cursor(screen) == Position{0, 0});
    CHECK(row(screen, 0).empty());
    put(screen, "\x80\xFF"); // code page 437 has pictures for these
    CHECK(row(screen, 0) == "\x80\xFF");
}

TEST_CASE("the changed cells are known", "[screen]") {
    Screen screen;
    CHECK(screen.changes().begin == 0); // nothing has been shown yet
    CHECK(screen.changes().end == Screen::cell_count);
    screen.forget_changes();
    CHECK(screen.changes().begin >= screen.changes().end);
    put(screen, "\n\tab\n");
    CHECK(screen.changes().begin == 88);
    CHECK(screen.changes().end == 90);
    put(screen, "c");
    CHECK(screen.changes().begin == 88);
    CHECK(screen.changes().end == 161);
    screen.forget_changes();
    put(screen, "d\r\b");
    CHECK(screen.changes().begin == 161);
    CHECK(screen.changes().end == 162);
    screen.forget_changes();
    put(screen, std::string(25, '\n'));
    CHECK(screen.changes().begin == 0);
    CHECK(screen.changes().end == Screen::cell_count);
    screen.forget_changes();
    screen.clear();
    CHECK(cursor(screen) == Position{0, 0});
    CHECK(screen.changes().end == Screen::cell_count);
}
