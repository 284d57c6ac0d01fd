// The ring buffer against a std::deque.
#include "catch.hpp"
#include "lib/ring_buffer.hpp"

#include <deque>
#include <random>

using kernel::RingBuffer;

TEST_CASE("a ring buffer gives back in order", "[ring_buffer]") {
    RingBuffer<int, 3> ring;
    CHECK(ring.empty());
    CHECK(ring.room() == 3);
    CHECK_FALSE(ring.pop().has_value());
    ring.push(1);
    ring.push(2);
    CHECK(ring.size() == 2);
    CHECK(ring.pop() == 1);
    ring.push(3);
    ring.push(4);
    CHECK(ring.room() == 0);
    CHECK(ring.pop() == 2);
    CHECK(ring.pop() == 3);
    CHECK(ring.pop() == 4);
    CHECK(ring.empty());
    CHECK(ring.dropped() == 0);
}

TEST_CASE("what comes to a full ring buffer is dropped and counted", "[ring_buffer]") {
    RingBuffer<int, 2> ring;
    for (int i = 0; i < 5; ++i) {
        ring.push(i);
    }
    CHECK(ring.size() == 2);
    CHECK(ring.dropped() == 3);
    CHECK(ring.pop() == 0);
    CHECK(ring.pop() == 1);
    CHECK_FALSE(ring.pop().has_value());
}

TEST_CASE("a ring buffer behaves like a bounded queue", "[ring_buffer]") {
    RingBuffer<unsigned, 7> ring;
    std::deque<unsigned> model;
    std::mt19937 random(3);
    unsigned dropped = 0;
    for (unsigned i = 0; i < 10000; ++i) {
        if (random() % 2 == 0) {
            ring.push(i);
            if (model.size() < 7) {
                model.push_back(i);
            } else {
                ++dropped;
            }
        } else {
            const auto value = ring.pop();
            REQUIRE(value.has_value() == !model.empty());
            if (value) {
                REQUIRE(*value == model.front());
                model.pop_front();
            }
        }
        REQUIRE(ring.size() == model.size());
        for (std::size_t place = 0; place < model.size(); ++place) {
            REQUIRE(ring[place] == model[place]);
        }
        REQUIRE(ring.room() == 7 - model.size());
        REQUIRE(ring.dropped() == dropped);
    }
    CHECK(dropped > 0);
}
