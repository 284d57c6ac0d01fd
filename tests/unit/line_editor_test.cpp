// The line editor and the queue of typed lines.
#include "catch.hpp"
#include "drivers/line_editor.hpp"
#include "fakes.hpp"

#include <deque>
#include <random>
#include <string>
#include <vector>

using kernel::LineEditor;
using kernel::LineQueue;

namespace {

std::string echoed;

void echo(std::string_view text) {
    echoed += text;
}

struct Typing {
    std::vector<std::string> lines; // the finished ones
    std::string unfinished;
    std::string shown;
};

Typing type(std::string_view text) {
    LineEditor editor(echo);
    Typing result;
    echoed.clear();
    bool finished = true;
    for (const char character : text) {
        finished = editor.put(character) == LineEditor::Progress::Finished;
        if (finished) {
            result.lines.emplace_back(editor.line());
        }
    }
    result.unfinished = finished ? "" : std::string(editor.line());
    result.shown = echoed;
    return result;
}

using Lines = std::vector<std::string>;

std::string read(LineQueue& queue, std::size_t size) {
    std::vector<char> buffer(size); // of exact size: the address sanitizer watches its end
    return {buffer.data(), queue.read(buffer)};
}

} // namespace

TEST_CASE("typed lines are shown and finished by either line end", "[line_editor]") {
    const Typing typing = type("hello\nwor ld\rrest");
    CHECK(typing.lines == Lines{"hello\n", "wor ld\n"});
    CHECK(typing.unfinished == "rest");
    CHECK(typing.shown == "hello\nwor ld\nrest");
    CHECK(type("\n").lines == Lines{"\n"});
}

TEST_CASE("backspace and delete erase the last byte, if there is one", "[line_editor]") {
    const Typing typing = type(
        "ab\bc\x7F"
        "d\n");
    CHECK(typing.lines == Lines{"ad\n"});
    CHECK(typing.shown == "ab\b \bc\b \bd\n");
    CHECK(type("\b\x7F\b").shown.empty());
    CHECK(type("a\b\b\b").shown == "a\b \b");
    CHECK(type("x\n\b").shown == "x\n"); // a finished line is out of reach
}

TEST_CASE("ctrl-U erases the line", "[line_editor]") {
    const Typing typing = type(
        "abc\x15"
        "d\n");
    CHECK(typing.lines == Lines{"d\n"});
    CHECK(typing.shown == "abc\b \b\b \b\b \bd\n");
    CHECK(type("\x15").shown.empty());
}

TEST_CASE("ctrl-D ends the line as it is, an empty one is the end of input", "[line_editor]") {
    CHECK(type("\x04").lines == Lines{""});
    CHECK(type("ab\x04"
               "c\n")
              .lines == Lines{"ab", "c\n"});
    CHECK(type("a\b\x04").lines == Lines{""});
    CHECK(type("ab\x04").shown == "ab");
}

TEST_CASE("a tab is kept and shown as one blank", "[line_editor]") {
    const Typing typing = type("a\tb\n");
    CHECK(typing.lines == Lines{"a\tb\n"});
    CHECK(typing.shown == "a b\n");
}

TEST_CASE("arrow keys and other control characters do nothing", "[line_editor]") {
    CHECK(type("a\x1B[Ab\x1B[3~c\x1B[1;5Dd\n").lines == Lines{"abcd\n"});
    CHECK(type("a\x1B[Ab").shown == "ab");
    std::string others;
    for (char code = 1; code < ' '; ++code) {
        if (std::string_view("\b\t\n\r\x04\x15\x1B").find(code) == std::string_view::npos) {
            others += code;
        }
    }
    CHECK(type(others + std::string(1, '\0') + "x\n").lines == Lines{"x\n"});
    CHECK(type("\xC3\xA9\xFF\n").lines == Lines{"\xC3\xA9\xFF\n"});
}

TEST_CASE("an escape sequence that breaks off loses nothing typed after it", "[line_editor]") {
    CHECK(type("\x1Bls\n").lines == Lines{"ls\n"});
    CHECK(type("\x1B\n").lines == Lines{"\n"});
    CHECK(type("ab\x1B\b\n").lines == Lines{"a\n"});
    CHECK(type("\x1B[12\nx\n").lines == Lines{"\n", "x\n"});
    CHECK(type("\x1B[\x1B[Ax\n").lines == Lines{"x\n"});
    CHECK(type("\x1B\x1B[Ax\n").lines == Lines{"x\n"});
}

TEST_CASE("a line that is too long rings the bell and stays usable", "[line_editor]") {
    const std::string longest(LineEditor::maximum_length - 1, 'x');
    CHECK(type(longest + "\n").lines == Lines{longest + "\n"});
    const Typing typing = type(longest + "yz\n");
    CHECK(typing.lines == Lines{longest + "\n"});
    CHECK(typing.shown == longest + "\a\a\n");
    CHECK(type(longest + "y\bz\n").lines == Lines{longest.substr(1) + "z\n"});
    CHECK(type(longest + "y\x04").lines == Lines{longest});
    CHECK(type(longest + "\n" + longest + "\n").lines.size() == 2);
}

TEST_CASE("lines are read one at a time", "[line_queue]") {
    LineQueue queue;
    CHECK_FALSE(queue.ready());
    CHECK(read(queue, 10).empty());
    queue.push("one\n");
    queue.push("two\n");
    CHECK(queue.ready());
    CHECK(read(queue, 10) == "one\n");
    CHECK(queue.ready());
    CHECK(read(queue, 10) == "two\n");
    CHECK_FALSE(queue.ready());
}

TEST_CASE("a line may be read in pieces", "[line_queue]") {
    LineQueue queue;
    queue.push("abcde\n");
    queue.push("f\n");
    CHECK(read(queue, 0).empty());
    CHECK(queue.ready());
    CHECK(read(queue, 4) == "abcd");
    CHECK(queue.ready());
    CHECK(read(queue, 2) == "e\n"); // exactly the rest: no empty piece follows
    CHECK(read(queue, 2) == "f\n");
    CHECK_FALSE(queue.ready());
}

TEST_CASE("what was only looked at is still there", "[line_queue]") {
    LineQueue queue;
    queue.push("abc\n");
    queue.push("");
    std::string buffer(3, '?');
    CHECK(queue.peek(buffer) == 3);
    CHECK(buffer == "abc");
    CHECK(read(queue, 2) == "ab");
    CHECK(queue.peek(buffer) == 2);
    CHECK(buffer == "c\nc");
    queue.discard(1);
    CHECK(read(queue, 8) == "\n");
    CHECK(queue.peek(buffer) == 0); // the end of input
    CHECK(queue.ready());
    queue.discard(0);
    CHECK_FALSE(queue.ready());
    CHECK(queue.peek(buffer) == 0);
    queue.discard(0);
}

TEST_CASE("the end of input is a line of no bytes", "[line_queue]") {
    LineQueue queue;
    queue.push("x");
    queue.push("");
    queue.push("y\n");
    CHECK(read(queue, 8) == "x");
    CHECK(queue.ready());
    CHECK(read(queue, 8).empty());
    CHECK(queue.ready());
    CHECK(read(queue, 8) == "y\n");
    CHECK_FALSE(queue.ready());
}

TEST_CASE("a queue with no room for the longest line says so", "[line_queue]") {
    LineQueue queue;
    SECTION("many bytes") {
        const std::string longest(LineEditor::maximum_length, 'x');
        int count = 0;
        for (; queue.has_room(); ++count) {
            REQUIRE(count < 100);
            queue.push(longest);
        }
        CHECK(count == 4);
        CHECK_THROWS_AS(queue.push(longest), Panicked);
        for (; count > 0; --count) {
            CHECK(read(queue, 2000) == longest);
        }
    }
    SECTION("many lines") {
        int count = 0;
        for (; queue.has_room(); ++count) {
            REQUIRE(count < 10000);
            queue.push("");
        }
        CHECK(count > 3000);
        for (; count > 0; --count) {
            CHECK(queue.ready());
            CHECK(read(queue, 5).empty());
        }
    }
    CHECK_FALSE(queue.ready());
    CHECK(queue.has_room());
}

TEST_CASE("the queue behaves like a list of strings", "[line_queue]") {
    LineQueue queue;
    std::deque<std::string> model;
    bool begun = false; // the first line of the model has been read in part
    std::mt19937 random(5);
    for (int i = 0; i < 20000; ++i) {
        if (random() % 2 == 0 && queue.has_room()) {
            std::string line(random() % 40, '\0');
            for (char& character : line) {
                character = static_cast<char>('a' + random() % 26);
            }
            queue.push(line);
            model.push_back(line);
        } else if (!model.empty()) {
            const std::size_t size = 1 + random() % 30;
            REQUIRE(read(queue, size) == model.front().substr(0, size));
            begun = model.front().size() > size;
            if (begun) {
                model.front().erase(0, size);
            } else {
                model.pop_front();
            }
        }
        REQUIRE(queue.ready() == !model.empty());
    }
}
