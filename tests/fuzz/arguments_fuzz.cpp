// Fuzz target: whatever a module's string is, the stack made from it is one that a program can read
// (chapter 11). The first byte gives the size of the stack's top, in 64 bytes; the rest is text.
#include "invariant.hpp"
#include "program/arguments.hpp"

#include "layout.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

constexpr std::byte untouched{0xA5};

/// Reads the stack as the program would: every access must lie in [esp, KERNEL_BASE).
class Reader {
public:
    Reader(std::span<const std::byte> stack, std::uint32_t esp) : stack_(stack), esp_(esp) {}
    std::byte byte(std::uint32_t address) const {
        INVARIANT(address >= esp_ && address < KERNEL_BASE, "addresses lie in the block");
        return stack_[stack_.size() - (KERNEL_BASE - address)];
    }
    std::uint32_t word(std::uint32_t address) const {
        std::uint32_t value = 0;
        for (std::uint32_t i = 0; i < 4; ++i) {
            value |= std::to_integer<std::uint32_t>(byte(address + i)) << (8 * i);
        }
        return value;
    }

private:
    std::span<const std::byte> stack_;
    std::uint32_t esp_;
};

void check_stack(std::span<const std::byte> stack, std::uint32_t esp, std::size_t text_size) {
    INVARIANT(esp % 16 == 0, "esp is a multiple of 16");
    INVARIANT(KERNEL_BASE - esp <= stack.size(), "esp lies in the stack");
    const std::size_t below = stack.size() - (KERNEL_BASE - esp);
    INVARIANT(std::ranges::all_of(stack.first(below), [](auto b) { return b == untouched; }),
              "nothing is written below esp");

    const Reader reader(stack, esp);
    const std::uint32_t argc = reader.word(esp);
    INVARIANT(argc <= text_size, "there are not more words than characters");
    std::uint32_t place = esp + 4;
    std::uint32_t expected = argc == 0 ? 0 : reader.word(place);
    for (std::uint32_t i = 0; i < argc; ++i, place += 4) {
        INVARIANT(reader.word(place) == expected, "the words follow each other");
        while (reader.byte(expected++) != std::byte{0}) {
        }
    }
    INVARIANT(argc == 0 || expected == KERNEL_BASE, "the last word ends the stack");
    const std::uint32_t rest[] = {0, 0, 6 /* AT_PAGESZ */, PAGE_SIZE, 0, 0};
    for (const std::uint32_t word : rest) {
        INVARIANT(reader.word(place) == word, "argv, environment and vector end as they must");
        place += 4;
    }
    INVARIANT(argc == 0 || place <= reader.word(esp + 4), "the words lie above the tables");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    std::vector<std::byte> stack(data[0] * 64U, untouched);

    const auto esp = kernel::arguments::write_initial_stack(text, stack);
    if (esp) {
        check_stack(stack, esp->value(), text.size());
    } else {
        INVARIANT(std::ranges::all_of(stack, [](auto b) { return b == untouched; }), "a refusal writes nothing");
        // With room enough it is accepted, and then shows that it had too little before.
        std::vector<std::byte> larger(5 * text.size() + 64, untouched);
        const auto again = kernel::arguments::write_initial_stack(text, larger);
        INVARIANT(again && KERNEL_BASE - again->value() > stack.size(), "only what is too big is refused");
        check_stack(larger, again->value(), text.size());
    }

    const std::string_view name = kernel::arguments::program_name(text);
    INVARIANT(!name.empty(), "every program has a name");
    INVARIANT(std::ranges::none_of(name, [](char c) { return c == '/' || (c >= 0 && c <= ' '); }),
              "a name has no '/' and no blank");
    return 0;
}
