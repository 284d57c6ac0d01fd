// VGA text mode: copies the screen to video memory and moves the hardware cursor (chapter 3).
#include "drivers/vga.hpp"

#include "cpu/ports.hpp"
#include "lib/log.hpp"

#include "layout.h"

namespace kernel::vga {

namespace {

// The CRT controller has one pair of ports: an index chooses the register that the data port shows
// (IBM VGA technical reference, CRT Controller Registers). 0x3D4 is its place in colour modes.
constexpr std::uint16_t crtc_index_port = 0x3D4;
constexpr std::uint16_t crtc_data_port = 0x3D5;

enum class Register : std::uint8_t {
    CursorStart = 0x0A, // bits 0-4: first scan line of the cursor; bit 5: cursor off
    CursorEnd = 0x0B,   // bits 0-4: last scan line
    CursorHigh = 0x0E,  // the cursor's cell, counted along the rows
    CursorLow = 0x0F,
};

// A character is 16 scan lines high; the cursor is a bar over the lowest two.
constexpr std::uint8_t cursor_first_line = 14;
constexpr std::uint8_t cursor_last_line = 15;

constinit Screen screen; // usable before any constructor has run
bool (*filter)(Screen& screen, char character) = nullptr;

void set_register(Register name, std::uint8_t value) {
    cpu::out8(crtc_index_port, static_cast<std::uint8_t>(name));
    cpu::out8(crtc_data_port, value);
}

/// Brings video memory and the hardware cursor up to date with `screen`.
void show_changes() {
    // Volatile: the compiler does not see who reads these cells.
    auto* const video_memory = reinterpret_cast<volatile Cell*>(KERNEL_BASE + VGA_TEXT);
    const Screen::Range changes = screen.changes();
    for (std::size_t i = changes.begin; i < changes.end; ++i) {
        video_memory[i] = screen.cells()[i];
    }
    screen.forget_changes();
    set_register(Register::CursorHigh, static_cast<std::uint8_t>(screen.cursor() >> 8));
    set_register(Register::CursorLow, static_cast<std::uint8_t>(screen.cursor() & 0xFF));
}

} // namespace

void initialize() {
    set_register(Register::CursorStart, cursor_first_line);
    set_register(Register::CursorEnd, cursor_last_line);
    screen.clear();
    show_changes();
    log::add_sink(write, log::Detail::Essence);
}

void write(std::span<const char> text) {
    for (const char character : text) {
        if (filter == nullptr || !filter(screen, character)) {
            screen.put(character);
        }
    }
    show_changes();
}

void set_filter(bool (*new_filter)(Screen& screen, char character)) {
    filter = new_filter;
}

void set_colours(Colour foreground, Colour background) {
    screen.set_colours(foreground, background);
}

} // namespace kernel::vga
