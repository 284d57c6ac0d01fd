// The driver of the interrupt controllers, with two controllers that follow the 8259A's data sheet.
#include "catch.hpp"
#include "fake_ports.hpp"

#include "drivers/pic.cpp"

#include <algorithm>
#include <random>
#include <vector>

namespace {

/// What an 8259A makes of what is written to it ("Programming the 8259A"). A word that never came
/// is -1.
struct Chip {
    int next = 0; // the initialization word that its second port expects, 2 to 4; 0: the mask
    int begin = -1, vector = -1, wiring = -1, mode = -1, mask = -1;
    std::uint8_t in_service = 0;
    int ends = 0;       // of interrupts
    int wrong_ends = 0; // with nothing in service
    bool asked_for_in_service = false;

    void first_port(std::uint8_t value) {
        if ((value & 1U << 4) != 0) { // ICW1
            *this = Chip{.next = 2, .begin = value};
        } else if ((value & 1U << 3) != 0) { // OCW3
            asked_for_in_service = (value & 0b11) == 0b11;
        } else if (value >> 5 == 0b001) { // OCW2: end of the highest in service
            wrong_ends += in_service == 0 ? 1 : 0;
            ends += 1;
            in_service &= static_cast<std::uint8_t>(in_service - 1);
        }
    }

    void second_port(std::uint8_t value) {
        switch (next) {
        case 2:
            vector = value & 0xF8;
            next = (begin & 1 << 1) == 0 ? 3 : (begin & 1) * 4; // not cascaded: no ICW3
            break;
        case 3:
            wiring = value;
            next = (begin & 1) * 4;
            break;
        case 4:
            mode = value;
            next = 0;
            break;
        default:
            mask = value;
        }
    }
};

Chip chips[2];       // master, slave
bool at_rest = true; // another port was used since the last word
int hurried = 0;     // words that came without that
std::vector<std::uint8_t> vectors_with_handler;
int handled[kernel::pic::irq_count];

template <kernel::pic::Irq Line>
void handle() {
    ++handled[Line];
}

void connect_chips() {
    chips[0] = chips[1] = Chip{};
    at_rest = true;
    hurried = 0;
    vectors_with_handler.clear();
    on_out8 = [](std::uint16_t port, std::uint8_t value) {
        const bool to_chip = (port & ~0x81) == 0x20;
        hurried += to_chip && !at_rest ? 1 : 0;
        at_rest = !to_chip;
        switch (port) {
        case 0x20:
            return chips[0].first_port(value);
        case 0x21:
            return chips[0].second_port(value);
        case 0xA0:
            return chips[1].first_port(value);
        case 0xA1:
            return chips[1].second_port(value);
        default: // port 0x80: a moment's rest
            return;
        }
    };
    on_in8 = [](std::uint16_t port) -> std::uint8_t {
        at_rest = true;
        const Chip& chip = chips[port >= 0xA0 ? 1 : 0];
        return (port & 1) == 0 && chip.asked_for_in_service ? chip.in_service : std::uint8_t{0};
    };
}

/// Initializes one controller with random words, as `initialize` does with the right ones.
struct Initialized {
    std::mt19937 random{std::random_device{}()};
    int which = static_cast<int>(random() % 2);
    int vector = static_cast<int>(random() % 16 * 16 + 8 * (random() % 2));
    int wiring = static_cast<int>(1 + random() % 255);

    Initialized() {
        connect_chips();
        kernel::pic::initialize_controller(which == 0 ? kernel::pic::master : kernel::pic::slave,
                                           static_cast<std::uint8_t>(vector), static_cast<std::uint8_t>(wiring));
    }
    const Chip& chip() const { return chips[which]; }
    const Chip& other() const { return chips[1 - which]; }
};

void interrupt(std::uint32_t vector) {
    kernel::interrupts::Frame frame{};
    frame.vector = vector;
    kernel::pic::dispatch(frame);
}

} // namespace

void kernel::interrupts::set_handler(Vector vector, Handler /*handler*/) {
    vectors_with_handler.push_back(static_cast<std::uint8_t>(vector));
}

TEST_CASE("ICW1 begins the initialization of one controller") {
    const Initialized one;
    REQUIRE(one.chip().begin != -1);
    CHECK((one.chip().begin & ~1) == 1 << 4); // edge triggered, cascaded
    CHECK(one.other().begin == -1);
}

TEST_CASE("ICW2 is the vector of line 0") {
    for (int i = 0; i < 20; ++i) {
        const Initialized one;
        REQUIRE(one.chip().vector == one.vector);
    }
}

TEST_CASE("ICW3 says how the controllers are wired") {
    for (int i = 0; i < 20; ++i) {
        const Initialized one;
        REQUIRE(one.chip().wiring == one.wiring);
    }
}

TEST_CASE("ICW4 selects the 8086 mode") {
    const Initialized one;
    REQUIRE(one.chip().mode == 1);
}

TEST_CASE("between two initialization words the controller has a moment") {
    const Initialized one;
    CHECK(hurried == 0);
}

TEST_CASE("after the initialization words comes the mask") {
    const Initialized one;
    CHECK(one.chip().next == 0);
    CHECK(one.chip().mask == -1);
}

TEST_CASE("both controllers are initialized, and all lines but the slave's masked") {
    connect_chips();
    kernel::pic::initialize();
    CHECK(chips[0].vector == 0x20);
    CHECK(chips[1].vector == 0x28);
    CHECK(chips[0].wiring == 1 << 2);
    CHECK(chips[1].wiring == 2);
    CHECK(chips[0].mask == 0xFB);
    CHECK(chips[1].mask == 0xFF);
    for (int vector = 0x20; vector < 0x30; ++vector) {
        CHECK(std::count(vectors_with_handler.begin(), vectors_with_handler.end(), vector) == 1);
    }
}

TEST_CASE("a line is unmasked when it gets a handler") {
    connect_chips();
    kernel::pic::initialize();
    kernel::pic::set_handler(3, handle<3>);
    kernel::pic::set_handler(12, handle<12>);
    CHECK(chips[0].mask == 0xF3);
    CHECK(chips[1].mask == 0xEF);
    kernel::pic::mask(3);
    CHECK(chips[0].mask == 0xFB);
}

TEST_CASE("an interrupt is ended in each controller that serves it, and then handled") {
    connect_chips();
    kernel::pic::initialize();
    kernel::pic::set_handler(3, handle<3>);
    kernel::pic::set_handler(12, handle<12>);
    const int before[] = {handled[3], handled[12]};
    chips[0].in_service = 1 << 3;
    interrupt(0x23);
    CHECK(chips[0].in_service == 0);
    CHECK(chips[1].ends == 0);
    CHECK(handled[3] == before[0] + 1);
    chips[0].in_service = 1 << 2;
    chips[1].in_service = 1 << 4;
    interrupt(0x2C);
    CHECK(chips[0].in_service == 0);
    CHECK(chips[1].in_service == 0);
    CHECK(handled[12] == before[1] + 1);
    CHECK(chips[0].wrong_ends + chips[1].wrong_ends == 0);
}

TEST_CASE("each controller tells which of its lines are in service") {
    connect_chips();
    kernel::pic::initialize();
    chips[0].in_service = 1 << 6;
    chips[1].in_service = 1 << 4;
    CHECK(kernel::pic::in_service(6));
    CHECK(!kernel::pic::in_service(4));
    CHECK(kernel::pic::in_service(12));
    CHECK(!kernel::pic::in_service(14));
}

TEST_CASE("a spurious interrupt is counted, and ended only where it was real") {
    connect_chips();
    kernel::pic::initialize();
    kernel::pic::set_handler(7, handle<7>);
    kernel::pic::set_handler(15, handle<15>);
    const std::uint32_t before = kernel::pic::spurious_count();
    const int handled_before[] = {handled[7], handled[15]};
    interrupt(0x27);
    CHECK(chips[0].ends == 0);
    chips[0].in_service = 1 << 2; // the master saw its cascade line
    interrupt(0x2F);
    CHECK(chips[0].in_service == 0);
    CHECK(chips[1].ends == 0);
    CHECK(kernel::pic::spurious_count() == before + 2);
    CHECK(handled[7] == handled_before[0]);
    CHECK(handled[15] == handled_before[1]);
    chips[0].in_service = 1 << 7; // this one was asked for
    interrupt(0x27);
    CHECK(handled[7] == handled_before[0] + 1);
    CHECK(chips[0].in_service == 0);
}
