// Image kinds: what a module is, by its first bytes (chapters 11 and 14).
#include "catch.hpp"
#include "program/image.hpp"

#include <string>

namespace image = kernel::image;
using namespace std::string_literals;

namespace {

image::Kind kind_of(const std::string& file) {
    return image::recognize(std::as_bytes(std::span(file)));
}

} // namespace

TEST_CASE("modules are told apart by their first bytes", "[image]") {
    const std::string tar = std::string(257, 'n') + "ustar" + std::string(250, '\0');
    CHECK(kind_of("") == image::Kind::Empty);
    CHECK(kind_of("\x7F"
                  "ELF") == image::Kind::Elf);
    CHECK(kind_of("\x7F"
                  "ELF and more") == image::Kind::Elf);
    CHECK(kind_of(tar) == image::Kind::Tar);
    CHECK(kind_of(tar.substr(0, 262)) == image::Kind::Tar);
}

TEST_CASE("what has no mark is a flat program", "[image]") {
    CHECK(kind_of("\xF4"s) == image::Kind::Flat);
    CHECK(kind_of("\x7F"
                  "EL") == image::Kind::Flat);
    CHECK(kind_of(" \x7F"
                  "ELF") == image::Kind::Flat);
    CHECK(kind_of(std::string(1000, '\0')) == image::Kind::Flat);
    CHECK(kind_of("a\0"s + std::string(255, 'n') + "usta") == image::Kind::Flat); // cut short
    CHECK(kind_of("a\0"s + std::string(254, 'n') + "ustar" + std::string(9, '\0')) == image::Kind::Flat);
}

TEST_CASE("a line of text is no program", "[image]") {
    CHECK(kind_of("#!/bin/sh\n") == image::Kind::Text);
    CHECK(kind_of("echo\tone # two\n\xF4") == image::Kind::Text); // only the first line is looked at
    CHECK(kind_of("echo one") == image::Kind::Text);
    CHECK(kind_of(std::string(100, 'e')) == image::Kind::Text);
    CHECK(kind_of("echo \x01\n"s) == image::Kind::Flat);
    CHECK(kind_of("echo \x80\n"s) == image::Kind::Flat);
}
