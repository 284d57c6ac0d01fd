// What an open exercise calls where the kernel's log can't be used yet: says on the serial line that the exercise
// is not solved, and stops. (Everywhere else the hole is a panic.)
#pragma once

#if __STDC_HOSTED__
#include "lib/panic.hpp"

#include <string>
#endif

[[noreturn]] inline void exercise_not_solved(const char* number) {
#if __STDC_HOSTED__
    kernel::panic(std::string("exercise ") + number + " is not solved yet");
#else
    // COM1 as drivers/serial.cpp sets it up, whatever state it was left in, the divisor latch open or closed: 38400 bits per
    // second, 8 bits.
    const unsigned char set_up[][2] = {{0xFB, 0x80}, {0xF8, 3}, {0xF9, 0}, {0xFB, 3}};
    for (const auto& [port, value] : set_up) {
        asm volatile("outb %0, %w1" : : "a"(value), "Nd"(0x300 + port));
    }
    const char* const texts[] = {"\nexercise ", number, " is not solved yet\n"};
    for (const char* text : texts) {
        for (; *text != '\0'; ++text) {
            unsigned char status = 0;
            while ((status & 1U << 5) == 0) { // COM1's line status: ready for a byte
                asm volatile("inb %w1, %0" : "=a"(status) : "Nd"(0x3FD));
            }
            asm volatile("outb %0, %w1" : : "a"(*text), "Nd"(0x3F8));
        }
    }
    for (;;) {
        asm volatile("cli; hlt");
    }
#endif
}
