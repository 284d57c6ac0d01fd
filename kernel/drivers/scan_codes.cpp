// Scan codes: the US layout and the modifier keys (chapter 6).
#include "drivers/scan_codes.hpp"

#include <cstddef>

namespace kernel::keyboard {

namespace {

constexpr std::uint8_t extended_prefix = 0xE0;
constexpr std::uint8_t pause_prefix = 0xE1; // pause: E1 1D 45 E1 9D C5, and no break code
constexpr unsigned codes_after_pause_prefix = 2;
constexpr std::uint8_t break_bit = 0x80; // set when a key is released

enum Key : std::uint8_t {
    KeyControl = 0x1D, // with the prefix: the right one
    KeyLeftShift = 0x2A,
    KeySlash = 0x35, // with the prefix: the keypad's
    KeyRightShift = 0x36,
    KeyCapsLock = 0x3A,
    KeyEnter = 0x1C, // with the prefix: the keypad's
    KeyHome = 0x47,  // this and all below: with the prefix
    KeyUp = 0x48,
    KeyPageUp = 0x49,
    KeyLeft = 0x4B,
    KeyRight = 0x4D,
    KeyEnd = 0x4F,
    KeyDown = 0x50,
    KeyPageDown = 0x51,
    KeyInsert = 0x52,
    KeyDelete = 0x53,
};

// What keys 0x00 to 0x56 give, without and with shift. A NUL: no character. The columns are the
// rows of the keyboard.
constexpr char unshifted[] =
    "\0\x1B"               // 0x00: no key; 0x01: escape
    "1234567890-=\b\t"     // 0x02
    "qwertyuiop[]\r\0"     // 0x10; 0x1C is enter, 0x1D ctrl
    "asdfghjkl;'`\0\\"     // 0x1E; 0x2A is left shift
    "zxcvbnm,./\0*\0 \0"   // 0x2C; 0x36 right shift, 0x37 keypad *, 0x38 alt, 0x3A caps lock
    "\0\0\0\0\0\0\0\0\0\0" // 0x3B: F1 to F10
    "\0\0"                 // 0x45: num lock, scroll lock
    "789-456+1230."        // 0x47: the keypad
    "\0\0\\";              // 0x54; 0x56 is beside the left shift on keyboards with 102 keys
// In the same order.
constexpr char shifted[] =
    "\0\x1B"
    "!@#$%^&*()_+\b\t"
    "QWERTYUIOP{}\r\0"
    "ASDFGHJKL:\"~\0|"
    "ZXCVBNM<>?\0*\0 \0"
    "\0\0\0\0\0\0\0\0\0\0"
    "\0\0"
    "789-456+1230."
    "\0\0|";
constexpr std::size_t table_size = 0x57;
static_assert(sizeof(unshifted) - 1 == table_size && sizeof(shifted) - 1 == table_size);

constexpr bool is_letter(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

} // namespace

std::string_view ScanCodeDecoder::decode(std::uint8_t scan_code) {
    if (swallow_ > 0) {
        --swallow_;
        return {};
    }
    if (scan_code == extended_prefix) {
        extended_ = true;
        return {};
    }
    const bool was_extended = extended_;
    extended_ = false;
    if (scan_code == pause_prefix) {
        swallow_ = codes_after_pause_prefix;
        return {};
    }
    const auto key = static_cast<std::uint8_t>(scan_code & ~break_bit);
    if ((scan_code & break_bit) == 0) {
        return was_extended ? press_extended(key) : press(key);
    }
    if (was_extended) {
        release_extended(key);
    } else {
        release(key);
    }
    return {};
}

std::string_view ScanCodeDecoder::press(std::uint8_t key) {
    switch (key) {
    case KeyLeftShift:
        left_shift_ = true;
        return {};
    case KeyRightShift:
        right_shift_ = true;
        return {};
    case KeyControl:
        left_control_ = true;
        return {};
    case KeyCapsLock:
        if (!caps_lock_held_) { // a key that is held down repeats its code
            caps_lock_ = !caps_lock_;
        }
        caps_lock_held_ = true;
        return {};
    default:
        break;
    }
    if (key >= table_size) {
        return {};
    }
    const bool shift = left_shift_ || right_shift_;
    const bool invert = caps_lock_ && is_letter(unshifted[key]);
    return plain(shift != invert ? shifted[key] : unshifted[key]);
}

/// Ctrl makes control characters of the letters and of [\]^_: it clears bits 5 and 6.
std::string_view ScanCodeDecoder::plain(char character) {
    if (character == '\0') {
        return {};
    }
    const bool control = left_control_ || right_control_;
    const bool has_control_code = is_letter(character) || (character >= '[' && character <= '_');
    character_ = static_cast<char>(control && has_control_code ? character & 0x1F : character);
    return {&character_, 1};
}

std::string_view ScanCodeDecoder::press_extended(std::uint8_t key) {
    switch (key) {
    case KeyControl:
        right_control_ = true;
        return {};
    case KeyEnter:
        return "\r";
    case KeySlash:
        return "/";
    case KeyUp:
        return "\x1B[A";
    case KeyDown:
        return "\x1B[B";
    case KeyRight:
        return "\x1B[C";
    case KeyLeft:
        return "\x1B[D";
    case KeyHome:
        return "\x1B[H";
    case KeyEnd:
        return "\x1B[F";
    case KeyInsert:
        return "\x1B[2~";
    case KeyDelete:
        return "\x1B[3~";
    case KeyPageUp:
        return "\x1B[5~";
    case KeyPageDown:
        return "\x1B[6~";
    default:
        // Among these, shifts that were not pressed: the keyboard puts E0 2A before some keys so that
        // software of the first PCs, which ignored the prefix, took them for the keypad's.
        return {};
    }
}

void ScanCodeDecoder::release(std::uint8_t key) {
    switch (key) {
    case KeyLeftShift:
        left_shift_ = false;
        break;
    case KeyRightShift:
        right_shift_ = false;
        break;
    case KeyControl:
        left_control_ = false;
        break;
    case KeyCapsLock:
        caps_lock_held_ = false;
        break;
    default:
        break;
    }
}

void ScanCodeDecoder::release_extended(std::uint8_t key) {
    if (key == KeyControl) {
        right_control_ = false;
    }
}

} // namespace kernel::keyboard
