// Serial output that nothing waits for: the queue, and the handler that empties it (chapter 12).
#include "drivers/serial_queue.hpp"

#include "drivers/console.hpp"
#include "drivers/pic.hpp"
#include "drivers/serial.hpp"
#include "lib/log.hpp"
#include "lib/ring_buffer.hpp"

#include <cstddef>

namespace kernel::serial {

namespace {

constexpr std::size_t capacity = 8192; // two seconds of the line's time

RingBuffer<char, capacity> waiting;
void (*room_hook)() = nullptr;

std::optional<char> next() {
    return waiting.pop();
}

void put(char character) {
    if (waiting.room() == 0) {
        send_now(*waiting.pop());
    }
    waiting.push(character);
    enable_transmit_interrupt(true);
}

bool half_is_free() {
    return waiting.room() >= capacity / 2;
}

void handle_interrupt() {
    send_from(next);
    if (room_hook != nullptr && half_is_free()) {
        room_hook();
    }
    if (waiting.empty()) {
        enable_transmit_interrupt(false); // it would ask for more without end
    }
    console::take_input(); // the UART has one request for both directions
}

void send_all() {
    set_queue(nullptr);
    enable_transmit_interrupt(false);
    while (const std::optional<char> character = next()) {
        send_now(*character);
    }
}

} // namespace

void set_room_hook(void (*hook)()) {
    room_hook = hook;
}

void queue_output() {
    static constexpr Queue queue{.put = put, .has_room = half_is_free};
    set_queue(&queue);
    pic::set_handler(irq, handle_interrupt);
    log::set_flush(send_all);
}

} // namespace kernel::serial
