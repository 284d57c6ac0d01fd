// The keyboard decoder: every key of the US layout, modifiers, and sequences that break off.
#include "catch.hpp"
#include "drivers/scan_codes.hpp"

#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

using kernel::keyboard::ScanCodeDecoder;

namespace {

std::string type(ScanCodeDecoder& decoder, std::initializer_list<int> codes) {
    std::string text;
    for (const int code : codes) {
        text += decoder.decode(static_cast<std::uint8_t>(code));
    }
    return text;
}

std::string type(std::initializer_list<int> codes) {
    ScanCodeDecoder decoder;
    return type(decoder, codes);
}

constexpr int left_shift = 0x2A, right_shift = 0x36, control = 0x1D, alt = 0x38, caps_lock = 0x3A;
constexpr int released = 0x80;
constexpr int key_a = 0x1E, key_1 = 0x02;

struct Key {
    int code;
    std::string plain;
    std::string shifted;
};

/// Written down key by key from IBM's table of scan codes, not from the decoder's.
const Key keys[] = {
    {0x01, "\x1B", "\x1B"}, {0x02, "1", "!"},  {0x03, "2", "@"},   {0x04, "3", "#"},   {0x05, "4", "$"},
    {0x06, "5", "%"},       {0x07, "6", "^"},  {0x08, "7", "&"},   {0x09, "8", "*"},   {0x0A, "9", "("},
    {0x0B, "0", ")"},       {0x0C, "-", "_"},  {0x0D, "=", "+"},   {0x0E, "\b", "\b"}, {0x0F, "\t", "\t"},
    {0x10, "q", "Q"},       {0x11, "w", "W"},  {0x12, "e", "E"},   {0x13, "r", "R"},   {0x14, "t", "T"},
    {0x15, "y", "Y"},       {0x16, "u", "U"},  {0x17, "i", "I"},   {0x18, "o", "O"},   {0x19, "p", "P"},
    {0x1A, "[", "{"},       {0x1B, "]", "}"},  {0x1C, "\r", "\r"}, {0x1E, "a", "A"},   {0x1F, "s", "S"},
    {0x20, "d", "D"},       {0x21, "f", "F"},  {0x22, "g", "G"},   {0x23, "h", "H"},   {0x24, "j", "J"},
    {0x25, "k", "K"},       {0x26, "l", "L"},  {0x27, ";", ":"},   {0x28, "'", "\""},  {0x29, "`", "~"},
    {0x2B, "\\", "|"},      {0x2C, "z", "Z"},  {0x2D, "x", "X"},   {0x2E, "c", "C"},   {0x2F, "v", "V"},
    {0x30, "b", "B"},       {0x31, "n", "N"},  {0x32, "m", "M"},   {0x33, ",", "<"},   {0x34, ".", ">"},
    {0x35, "/", "?"},       {0x37, "*", "*"},  {0x39, " ", " "},   {0x47, "7", "7"},   {0x48, "8", "8"},
    {0x49, "9", "9"},       {0x4A, "-", "-"},  {0x4B, "4", "4"},   {0x4C, "5", "5"},   {0x4D, "6", "6"},
    {0x4E, "+", "+"},       {0x4F, "1", "1"},  {0x50, "2", "2"},   {0x51, "3", "3"},   {0x52, "0", "0"},
    {0x53, ".", "."},       {0x56, "\\", "|"},
};

const Key* find(int code) {
    for (const Key& key : keys) {
        if (key.code == code) {
            return &key;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("every key gives its character, alone and with either shift", "[scan_codes]") {
    for (int code = 0; code < 0x80; ++code) {
        INFO("scan code " << code);
        const Key* key = find(code);
        CHECK(type({code, code | released}) == (key != nullptr ? key->plain : ""));
        if (code != left_shift && code != right_shift) {
            for (const int shift : {left_shift, right_shift}) {
                CHECK(type({shift, code, code | released, shift | released}) == (key != nullptr ? key->shifted : ""));
            }
        }
    }
}

TEST_CASE("caps lock changes letters only, and shift takes it back", "[scan_codes]") {
    for (const Key& key : keys) {
        INFO("scan code " << key.code);
        const bool letter = std::isalpha(static_cast<unsigned char>(key.plain[0])) != 0;
        CHECK(type({caps_lock, caps_lock | released, key.code}) == (letter ? key.shifted : key.plain));
        CHECK(type({caps_lock, caps_lock | released, left_shift, key.code}) == (letter ? key.plain : key.shifted));
    }
}

TEST_CASE("caps lock counts when pressed, once, however long it is held", "[scan_codes]") {
    ScanCodeDecoder decoder;
    CHECK(type(decoder, {caps_lock, caps_lock, key_a}) == "A"); // an even number: it would toggle back
    CHECK(type(decoder, {caps_lock | released, key_a}) == "A");
    CHECK(type(decoder, {caps_lock, caps_lock | released, key_a}) == "a");
}

TEST_CASE("ctrl makes control characters of letters", "[scan_codes]") {
    ScanCodeDecoder decoder;
    for (const int prefix : {0, 0xE0}) {
        for (const Key& key : keys) {
            INFO("scan code " << key.code);
            const char character = key.plain[0];
            const bool has_one = std::isalpha(static_cast<unsigned char>(character)) != 0 ||
                                 std::string("[\\]").find(character) != std::string::npos;
            const char expected = static_cast<char>(has_one ? character & 0x1F : character);
            type(decoder, {prefix, control});
            CHECK(type(decoder, {key.code}) == std::string(1, expected));
            type(decoder, {prefix, control | released});
            CHECK(type(decoder, {key.code}) == key.plain);
        }
    }
}

TEST_CASE("one of two shifts is enough", "[scan_codes]") {
    ScanCodeDecoder decoder;
    CHECK(type(decoder, {left_shift, right_shift, left_shift | released, key_a}) == "A");
    CHECK(type(decoder, {right_shift | released, key_a}) == "a");
    CHECK(type(decoder, {control, 0xE0, control, control | released, key_a}) == "\x01");
    CHECK(type(decoder, {0xE0, control | released, key_a}) == "a");
}

TEST_CASE("a held key repeats", "[scan_codes]") {
    CHECK(type({key_a, key_a, key_a, key_a | released}) == "aaa");
    CHECK(type({left_shift, left_shift, left_shift, left_shift | released, key_a}) == "a");
}

TEST_CASE("alt, num lock and function keys do nothing", "[scan_codes]") {
    CHECK(type({alt, key_a, alt | released, 0xE0, alt, key_a}) == "aa");
    CHECK(type({0x45, 0x45 | released, 0x4F}) == "1");
    CHECK(type({0x3B, 0x44, 0x46, 0x57, 0x58}).empty());
}

TEST_CASE("keys with the prefix E0", "[scan_codes]") {
    const std::pair<int, const char*> extended[] = {
        {0x1C, "\r"},     {0x35, "/"},      {0x47, "\x1B[H"}, {0x48, "\x1B[A"},  {0x49, "\x1B[5~"}, {0x4B, "\x1B[D"},
        {0x4D, "\x1B[C"}, {0x4F, "\x1B[F"}, {0x50, "\x1B[B"}, {0x51, "\x1B[6~"}, {0x52, "\x1B[2~"}, {0x53, "\x1B[3~"},
    };
    for (int code = 0; code < 0x80; ++code) {
        INFO("scan code E0 " << code);
        std::string expected;
        for (const auto& [key, text] : extended) {
            expected = key == code ? text : expected;
        }
        CHECK(type({0xE0, code, 0xE0, code | released}) == expected);
    }
    SECTION("shifts that nobody pressed change nothing") {
        CHECK(type({0xE0, 0x2A, 0xE0, 0x48, 0xE0, 0xC8, 0xE0, 0xAA, key_a}) == "\x1B[Aa");
        CHECK(type({0xE0, 0x36, key_1, 0xE0, 0xB6, key_1}) == "11");
        CHECK(type({left_shift, 0xE0, 0xAA, 0xE0, 0x48, key_a}) == "\x1B[AA");
    }
}

TEST_CASE("pause gives nothing and holds no key down", "[scan_codes]") {
    CHECK(type({0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, key_a}) == "a");
    CHECK(type({0xE1, 0x1D, 0x45, key_a}) == "a");
    CHECK(type({0xE1, 0x1D, key_a, key_a}) == "a"); // both codes, whatever they are
    constexpr std::uint8_t keypad_8 = 0x48;         // with the prefix: cursor up
    for (const std::uint8_t first : std::initializer_list<std::uint8_t>{0x1D, 0xE0, 0xE1, 0x9D}) {
        for (const std::uint8_t second : std::initializer_list<std::uint8_t>{0x45, 0xE0, 0xE1, 0x9D}) {
            CHECK(type({0xE1, first, second, keypad_8}) == "8");
        }
    }
    CHECK(type({0xE0, 0xE1, 0x1D, 0x45, keypad_8}) == "8"); // the prefix belonged to E1
}

TEST_CASE("sequences that break off do no harm", "[scan_codes]") {
    CHECK(type({0xE0, 0xE0, 0x48}) == "\x1B[A");
    CHECK(type({0xE0, 0xE1, 0x1D, 0x45, key_a}) == "a");
    CHECK(type({left_shift | released, control | released, key_a}) == "a");
    CHECK(type({0x00, 0xFF, 0xFA, 0xFE, 0xEE, 0xAA, key_a}) == "a"); // a keyboard's answers
    std::mt19937 random(4);
    ScanCodeDecoder decoder;
    for (int i = 0; i < 100000; ++i) {
        const auto text = decoder.decode(static_cast<std::uint8_t>(random()));
        REQUIRE(text.size() <= 4);
        REQUIRE(text.find('\0') == std::string_view::npos);
    }
    // Whatever was held down is let go, one way or the other.
    type(decoder, {0xAA, 0xAA, 0xAA, 0xB6, 0x9D, 0xE0, 0x9D, 0xBA});
    const std::string result = type(decoder, {key_1, key_a});
    CHECK((result == "1a" || result == "1A"));
}
