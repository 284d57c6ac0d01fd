// Scan codes: from what the keyboard reports to characters (chapter 6).
#pragma once

#include <cstdint>
#include <string_view>

namespace kernel::keyboard {

/// Follows the scan codes (set 1, US layout) of a keyboard and the keys that change the meaning of
/// others. Shift, ctrl and caps lock count; alt and the keypad's num lock don't: the keypad always
/// gives digits. Arrow keys, home, end and so on give the sequences that a VT100 terminal sends, so
/// that programs see no difference between the keyboard and the serial line.
class ScanCodeDecoder {
public:
    /// Takes one scan code and returns the characters that it yields: often none. They are
    /// valid until the next call.
    [[nodiscard]] std::string_view decode(std::uint8_t scan_code);

private:
    [[nodiscard]] std::string_view press(std::uint8_t key);
    [[nodiscard]] std::string_view press_extended(std::uint8_t key);
    void release(std::uint8_t key);
    void release_extended(std::uint8_t key);
    [[nodiscard]] std::string_view plain(char character);

    bool extended_ = false;   // the last code was 0xE0
    unsigned swallow_ = 0;    // codes left of a sequence that means nothing
    bool left_shift_ = false; // these are true while the key is held down
    bool right_shift_ = false;
    bool left_control_ = false;
    bool right_control_ = false;
    bool caps_lock_held_ = false;
    bool caps_lock_ = false;
    char character_ = '\0'; // what the result points to
};

} // namespace kernel::keyboard
