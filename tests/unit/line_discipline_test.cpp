// The line discipline: what is typed, what is shown for it, and what a program reads.
#include "catch.hpp"

#include "files/line_discipline.hpp"

#include "abi/system.h"

#include <random>
#include <string>
#include <vector>

using namespace kernel;
using files::LineDiscipline;

namespace {

std::string shown;
unsigned shows = 0;
std::vector<unsigned> sent;
unsigned woken = 0;

constexpr LineDiscipline::Effects effects{.show =
                                              [](std::string_view text) {
                                                  shown += text;
                                                  ++shows;
                                              },
                                          .send_signal = [](unsigned number) { sent.push_back(number); },
                                          .wake_readers = [] { ++woken; }};

class Typed {
public:
    Typed() {
        shown.clear();
        sent.clear();
        woken = 0;
    }
    Typed& operator()(std::string_view text) {
        for (const char character : text) {
            discipline.put(character);
        }
        return *this;
    }
    /// One read, of at most `size` bytes.
    std::string read(std::size_t size = 100) {
        REQUIRE(discipline.ready());
        std::string text;
        bool goes_on = true;
        while (goes_on && text.size() < size) {
            char piece[7];
            const std::size_t count =
                discipline.peek(std::span(piece).first(std::min(sizeof(piece), size - text.size())));
            text.append(piece, count);
            goes_on = discipline.discard(count);
        }
        return text;
    }
    void set(unsigned off, unsigned on = 0) {
        termios settings = discipline.settings();
        settings.c_lflag = (settings.c_lflag & ~off) | on;
        discipline.change(settings);
    }

    LineDiscipline discipline{effects};
};

} // namespace

TEST_CASE("a line is read when it is finished") {
    Typed typed;
    typed("hello");
    CHECK_FALSE(typed.discipline.ready());
    CHECK(woken == 0);
    typed(", you\r");
    CHECK(woken == 1);
    CHECK(typed.discipline.available() == 11);
    CHECK(shown == "hello, you\n");
    CHECK(typed.read() == "hello, you\n");
    CHECK_FALSE(typed.discipline.ready());
}

TEST_CASE("a read takes no more than one line, and not more than it wants") {
    Typed typed;
    typed("first line\nsecond\n");
    CHECK(typed.read(4) == "firs");
    CHECK(typed.read(9) == "t line\n");
    CHECK(typed.read() == "second\n");
}

TEST_CASE("a line is edited until then") {
    Typed typed;
    SECTION("erase") {
        CHECK(typed("ab\x7F\x7F\x7F"
                    "c\bd\n")
                  .read() == "d\n");
    }
    SECTION("kill") {
        CHECK(typed("wrong\x15right\n").read() == "right\n");
    }
    SECTION("erase a word") {
        CHECK(typed("one two  \x17three\n").read() == "one three\n");
    }
    SECTION("erase all words") {
        CHECK(typed("one two\x17\x17\x17x\n").read() == "x\n");
    }
    SECTION("take the next one literally") {
        CHECK(typed("a\x16\x7F\x16\x03"
                    "b\n")
                  .read() ==
              "a\x7F\x03"
              "b\n");
    }
}

TEST_CASE("what is erased is taken back on the screen") {
    Typed typed;
    SECTION("one column") {
        CHECK((typed("a\x7F"), shown) == "a\b \b");
    }
    SECTION("two for a control character") {
        CHECK((typed("\x01\x7F"), shown) == "^A\b \b\b \b");
    }
    SECTION("nothing where there is nothing") {
        CHECK((typed("\x7F\x15\x17"), shown).empty());
    }
    SECTION("a tab is one blank") {
        CHECK((typed("\t\x7F"), shown) == " \b \b");
    }
    SECTION("the line again") {
        CHECK((typed("ab\x12"), shown) == "ab^R\nab");
    }
    SECTION("and that at once: each piece costs a look at the screen") {
        typed(std::string(1000, '\x01'));
        shown.clear();
        shows = 0;
        typed("\x12");
        std::string line = "^R\n";
        for (int i = 0; i < 1000; ++i) {
            line += "^A";
        }
        CHECK(shown == line);
        CHECK(shows < 30);
    }
    SECTION("a line feed that ends no line is a control character") {
        CHECK((typed("a\x16\nb\x7F\x7F\x12\n"), shown) == "a^\b^Jb\b \b\b \b\b \b^R\na\n");
    }
    SECTION("where there are no lines it is what it was") {
        typed.set(ICANON);
        CHECK((typed("a\n\x01"), shown) == "a\n^A");
    }
    SECTION("nothing without echo") {
        typed.set(ECHO);
        CHECK((typed("ab\x7F\n"), shown).empty());
        CHECK(typed.read() == "a\n");
    }
    SECTION("but the end of the line, if that is wanted") {
        typed.set(ECHO, ECHONL);
        CHECK((typed("ab\n"), shown) == "\n");
    }
}

TEST_CASE("ctrl-D ends what there is, and an empty line is the end") {
    Typed typed;
    CHECK(typed("ab\x04").read() == "ab");
    CHECK(shown == "ab");
    CHECK(typed("\x04").read().empty());
    CHECK(typed("x\n").read() == "x\n");
}

TEST_CASE("some characters are signals, and what was typed before is gone") {
    Typed typed;
    typed("before\nhalf\x03\x1C\x1A");
    CHECK(sent == std::vector<unsigned>{SIGINT, SIGQUIT, SIGTSTP});
    CHECK(shown == "before\nhalf^C^\\^Z");
    CHECK_FALSE(typed.discipline.ready());
    CHECK(typed("after\n").read() == "after\n");
    SECTION("or kept") {
        typed.set(0, NOFLSH);
        CHECK(typed("ke\x03pt\n").read() == "kept\n");
    }
    SECTION("or characters as any") {
        typed.set(ISIG);
        CHECK(typed("\x03\n").read() == "\x03\n");
        CHECK(sent.size() == 3);
    }
}

TEST_CASE("without ICANON each byte counts") {
    Typed typed;
    typed.set(ICANON | ECHO | ISIG);
    typed("\x7F\x04\x03");
    CHECK(woken == 3);
    CHECK(typed.read() == "\x7F\x04\x03");
    SECTION("VMIN says how many make a read") {
        termios settings = typed.discipline.settings();
        settings.c_cc[VMIN] = 3;
        typed.discipline.change(settings);
        typed("ab");
        CHECK_FALSE(typed.discipline.ready());
        CHECK(typed.discipline.ready(2)); // more than a read wants are not waited for
        CHECK_FALSE(typed.discipline.ready(3));
        CHECK(woken == 5); // each byte may be enough for one of those who wait
        CHECK(typed("c").read(2) == "ab");
        settings.c_cc[VMIN] = 0;
        typed.discipline.change(settings);
        CHECK(typed.read() == "c");
        CHECK(typed.discipline.ready());
        CHECK(typed.read().empty());
    }
    SECTION("carriage returns are changed if that is wanted") {
        CHECK(typed("\r").read() == "\n");
        termios settings = typed.discipline.settings();
        settings.c_iflag = 0;
        typed.discipline.change(settings);
        CHECK(typed("\r").read() == "\r");
        settings.c_iflag = IGNCR;
        typed.discipline.change(settings);
        CHECK(typed("\ra").read() == "a");
    }
}

TEST_CASE("what was typed before the mode changes is still there") {
    Typed typed;
    typed("line\nha");
    typed.set(ICANON);
    CHECK(typed.discipline.available() == 7);
    CHECK(typed.read(100) == "line\nha");
    typed("lf");
    typed.set(0, ICANON);
    CHECK_FALSE(typed.discipline.ready());
    CHECK(typed("!\n").read() == "lf!\n");
}

TEST_CASE("bytes that were typed ahead are edited when lines count again") {
    Typed typed;
    typed.set(ICANON | ECHO | ISIG);
    typed("first\rsecoo\x7Fnd\n\x03thi");
    shown.clear();
    typed.set(0, ICANON | ECHO | ISIG);
    CHECK(shown == "first\nsecoo\b \bnd\n^Cthi");
    CHECK(sent == std::vector<unsigned>{SIGINT}); // which forgets the lines before it
    CHECK_FALSE(typed.discipline.ready());
    CHECK(typed("rd\n").read() == "third\n");
    typed.set(ICANON);
    typed("one\ntwo\n\x04");
    typed.set(0, ICANON);
    CHECK(typed.read() == "one\n");
    CHECK(typed.read() == "two\n");
    CHECK(typed.read().empty());
}

TEST_CASE("more lines than one line has bytes wait to be read, also if they were bytes before") {
    Typed typed;
    for (int i = 0; i < 3000; ++i) {
        REQUIRE(typed.discipline.has_room());
        typed("\n");
    }
    for (int i = 0; i < 3000; ++i) {
        REQUIRE(typed.read() == "\n");
    }
    typed.set(ICANON);
    typed(std::string(1000, '\n'));
    typed.set(0, ICANON);
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(typed.read() == "\n");
    }
    CHECK_FALSE(typed.discipline.ready());
}

TEST_CASE("what is typed although there is no room can still be a signal") {
    Typed typed;
    while (typed.discipline.has_room()) {
        typed(std::string(63, 'a') + '\n');
    }
    const std::size_t before = typed.discipline.available();
    SECTION("the queue is full of lines") {
        typed(std::string(5000, '\n') + std::string(5000, 'b') + "\n\n\x04");
    }
    SECTION("or of bytes") {
        typed.set(ICANON);
        CHECK_FALSE(typed.discipline.has_room());
        typed(std::string(5000, 'b'));
        typed.set(0, ICANON);
    }
    CHECK(typed.discipline.available() >= before);
    CHECK(shown.find('\a') != std::string::npos);
    CHECK(typed.read(1000) == std::string(63, 'a') + "\n");
    typed("\x03");
    CHECK(sent == std::vector<unsigned>{SIGINT});
    CHECK(typed("x\n").read() == "x\n");
}

TEST_CASE("flush forgets it all") {
    Typed typed;
    typed("one\ntwo\n\x04three");
    typed.discipline.flush();
    CHECK_FALSE(typed.discipline.ready());
    CHECK(typed.discipline.available() == 0);
    CHECK(typed("x\n").read() == "x\n");
}

TEST_CASE("a line that is too long ends where there is no more room") {
    Typed typed;
    typed(std::string(5000, 'a') + "\n");
    CHECK(typed.read(5000) == std::string(1023, 'a') + "\n");
    CHECK(shown.find('\a') != std::string::npos);
}

TEST_CASE("bytes that filled it are a line that can be finished") {
    Typed typed;
    typed.set(ICANON);
    while (typed.discipline.has_room()) {
        typed("a");
    }
    typed("bb");
    typed.set(0, ICANON);
    CHECK(typed("c\n").read(5000) == std::string(1023, 'a') + "\n");
}

TEST_CASE("no input breaks it, and what is read was typed") {
    std::mt19937 random(18);
    Typed typed;
    std::size_t read = 0;
    std::size_t put = 0;
    for (int step = 0; step < 300000; ++step) {
        if (random() % 200 == 0) {
            termios settings = typed.discipline.settings();
            settings.c_lflag = static_cast<unsigned>(random());
            settings.c_iflag = static_cast<unsigned>(random());
            settings.c_cc[random() % NCCS] = static_cast<unsigned char>(random() % 40);
            typed.discipline.change(settings);
        }
        if (random() % 1000 == 0) {
            typed.discipline.flush();
        }
        if (typed.discipline.has_room()) {
            ++put;
            typed.discipline.put(static_cast<char>(random() % 3 == 0 ? random() % 256 : random() % 32));
        } else {
            REQUIRE((typed.discipline.ready() || typed.discipline.available() > 0));
            typed.discipline.flush();
        }
        if (random() % 20 == 0 && typed.discipline.ready()) {
            read += typed.read(random() % 50 + 1).size();
        }
        shown.clear();
    }
    CHECK(read > 0);
    CHECK(read <= put);
}

TEST_CASE("a character that VLNEXT waits for is one like others once there are no lines") {
    Typed typed;
    typed("\x16");
    typed.set(ICANON);
    typed("x");
    CHECK(woken == 1);
    CHECK(typed.read() == "x");
}

TEST_CASE("the characters of flow control are not data while it is on") {
    Typed typed;
    CHECK(typed("a\x11\x13\x16\x13z\n").read() == "a\x13z\n");
    CHECK(shown == "a^\b^Sz\n");
    termios settings = typed.discipline.settings();
    settings.c_iflag &= ~unsigned(IXON);
    typed.discipline.change(settings);
    CHECK(typed("a\x11\x13\n").read() == "a\x11\x13\n");
}

TEST_CASE("without an echo nothing is shown again") {
    Typed typed;
    typed.set(ECHO);
    typed("secret\x12\n");
    CHECK(shown.empty());
    CHECK(typed.read() == "secret\x12\n");
}
