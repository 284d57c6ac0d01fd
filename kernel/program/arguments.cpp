// Arguments: from a module's string to the argc and argv a program finds on its stack (chapter 11).
#include "program/arguments.hpp"

#include "layout.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace kernel::arguments {
namespace {

// Entries of the auxiliary vector: System V ABI, Intel386 Supplement, "Process Initialization".
constexpr std::uint32_t at_null = 0;
constexpr std::uint32_t at_pagesz = 6;

// What is on the stack between argc and the strings besides the argv pointers:
// argc, the NULL after argv, the NULL of the empty environment, two entries of the vector.
constexpr std::uint32_t fixed_words = 1 + 1 + 1 + 2 * 2;

constexpr std::uint32_t stack_alignment = 16;

bool is_blank(char letter) {
    return static_cast<unsigned char>(letter) <= ' ';
}

/// Calls `emit` with each byte of the words of `text`, and with a NUL after each word. Everything
/// that counts or writes words is built on this one loop, so that they can't disagree.
template <typename Emit>
void for_each_byte(std::string_view text, Emit emit) {
    bool in_word = false;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_blank(text[i]) && !quoted) {
            if (in_word) {
                emit('\0');
            }
            in_word = false;
            continue;
        }
        in_word = true;
        if (text[i] == '"') {
            quoted = !quoted;
            continue;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
        }
        emit(text[i]);
    }
    if (in_word) {
        emit('\0');
    }
}

/// Writes 32-bit words upwards. The place is 4-byte aligned for the program, but nothing says that
/// the kernel's view of it is.
class WordWriter {
public:
    explicit WordWriter(std::byte* place) : place_(place) {}
    void write(std::uint32_t word) {
        std::memcpy(place_, &word, sizeof word);
        place_ += sizeof word;
    }

private:
    std::byte* place_;
};

} // namespace

std::string_view program_name(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size() && is_blank(text[begin])) {
        ++begin;
    }
    std::size_t end = begin;
    while (end < text.size() && !is_blank(text[end])) {
        if (text[end] == '/') {
            begin = end + 1;
        }
        ++end;
    }
    if (begin == end) {
        return "unnamed";
    }
    return std::string_view(text.data() + begin, end - begin);
}

// The picture, from high to low addresses (System V ABI, Intel386 Supplement, "Process
// Initialization", figure "Initial Process Stack"):
//
//     KERNEL_BASE   end of the user stack
//                   bytes that a later chapter adds
//                   the words, each with its NUL, the first one lowest
//                   0 to 15 unused bytes, so that esp comes out as a multiple of 16
//                   AT_NULL, 0          end of the auxiliary vector
//                   AT_PAGESZ, 4096
//                   entries that a later chapter adds
//                   NULL                end of the environment
//                   its words           none of a program that the kernel starts by itself
//                   NULL                end of argv
//                   argv[argc - 1] ... argv[0]
//     esp           argc
//
// `for_each(emit)` emits the bytes of all words; those from word `most_arguments` on are the environment.
template <typename ForEach>
static Result<VirtualAddress> write(ForEach for_each, std::size_t most_arguments, std::span<std::byte> stack_top,
                                    const Additions& more) {
    std::size_t string_bytes = more.bytes.size();
    std::size_t words = 0;
    for_each([&](char byte) {
        ++string_bytes;
        words += byte == '\0' ? 1 : 0;
    });
    // words <= string_bytes, so that this check first keeps the sums below from wrapping.
    if (string_bytes > stack_top.size()) {
        return std::unexpected(Error::ArgumentsTooBig);
    }
    const std::size_t table_bytes = (fixed_words + more.auxiliary.size() + words) * sizeof(std::uint32_t);
    const std::uint32_t strings = KERNEL_BASE - static_cast<std::uint32_t>(string_bytes);
    const std::uint32_t esp = (strings - static_cast<std::uint32_t>(table_bytes)) & ~(stack_alignment - 1);
    const std::uint32_t used = KERNEL_BASE - esp;
    if (used > stack_top.size()) {
        return std::unexpected(Error::ArgumentsTooBig);
    }

    std::byte* const top = stack_top.data() + stack_top.size();
    WordWriter table(top - used);
    std::size_t arguments_left = std::min(words, most_arguments);
    table.write(static_cast<std::uint32_t>(arguments_left));
    std::byte* next_byte = top - string_bytes;
    std::uint32_t word_start = strings;
    std::uint32_t address = strings;
    const auto end_argv = [&] { // before the word after the last argument, or after all words
        if (arguments_left-- == 0) {
            table.write(0);
        }
    };
    for_each([&](char byte) {
        *next_byte++ = static_cast<std::byte>(byte);
        ++address;
        if (byte == '\0') {
            end_argv();
            table.write(word_start);
            word_start = address;
        }
    });
    end_argv();
    table.write(0);
    for (const std::uint32_t word : more.auxiliary) {
        table.write(word);
    }
    std::ranges::copy(more.bytes, next_byte);
    table.write(at_pagesz);
    table.write(PAGE_SIZE);
    table.write(at_null);
    table.write(0);
    return VirtualAddress(esp);
}

Result<VirtualAddress> write_initial_stack(std::string_view text, std::span<std::byte> stack_top,
                                           const Additions& more) {
    return write([text](auto emit) { for_each_byte(text, emit); }, SIZE_MAX, stack_top, more);
}

Result<VirtualAddress> write_initial_stack(const Arguments& arguments, std::span<std::byte> stack_top,
                                           const Additions& more) {
    const auto for_each = [&](auto emit) {
        for (const char byte : arguments.words) {
            emit(byte);
        }
    };
    return write(for_each, arguments.argument_count, stack_top, more);
}

} // namespace kernel::arguments
