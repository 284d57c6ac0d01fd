// memcpy, memmove, memset, memcmp, memchr and strlen: what g++ may call without being asked (chapter 2).
// GCC expects the first four even of a freestanding program (GCC manual, 2.1 C Language), with exactly the C
// standard's types. std::find and std::string_view call the other two.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* destination, const void* source, std::size_t size);
void* memmove(void* destination, const void* source, std::size_t size);
void* memset(void* destination, int value, std::size_t size);
int memcmp(const void* left, const void* right, std::size_t size);
void* memchr(const void* bytes, int wanted, std::size_t size);
std::size_t strlen(const char* text);
}

namespace {

// The string instructions move one element for each count in ecx, from where esi points to where
// edi points, and step both upwards as long as the direction flag is clear (Intel SDM Vol. 1, 7.3.9
// String Operations). It is: the System V ABI demands it, and every way into the kernel clears it
// (cpu/interrupt_entry.asm).

constexpr std::size_t doubleword = 4;

inline void move_doublewords(void*& destination, const void*& source, std::size_t count) {
    asm volatile("rep movsl" : "+D"(destination), "+S"(source), "+c"(count) : : "memory");
}

inline void move_bytes(void*& destination, const void*& source, std::size_t count) {
    asm volatile("rep movsb" : "+D"(destination), "+S"(source), "+c"(count) : : "memory");
}

inline void store_doublewords(void*& destination, std::uint32_t value, std::size_t count) {
    asm volatile("rep stosl" : "+D"(destination), "+c"(count) : "a"(value) : "memory");
}

inline void store_bytes(void*& destination, std::uint32_t value, std::size_t count) {
    asm volatile("rep stosb" : "+D"(destination), "+c"(count) : "a"(value) : "memory");
}

} // namespace

void* memcpy(void* destination, const void* source, std::size_t size) {
    void* to = destination;
    move_doublewords(to, source, size / doubleword);
    move_bytes(to, source, size % doubleword);
    return destination;
}

void* memmove(void* destination, const void* source, std::size_t size) {
    const auto to = reinterpret_cast<std::uintptr_t>(destination);
    const auto from = reinterpret_cast<std::uintptr_t>(source);
    // Upwards is right unless the destination begins inside the source. The difference is unsigned:
    // a destination below the source makes it huge.
    if (to - from >= size) {
        return memcpy(destination, source, size);
    }
    auto* bytes = static_cast<unsigned char*>(destination);
    const auto* source_bytes = static_cast<const unsigned char*>(source);
    for (std::size_t i = size; i > 0; --i) {
        bytes[i - 1] = source_bytes[i - 1];
    }
    return destination;
}

void* memset(void* destination, int value, std::size_t size) {
    const std::uint32_t byte = static_cast<unsigned char>(value);
    void* to = destination;
    store_doublewords(to, byte * 0x0101'0101, size / doubleword);
    store_bytes(to, byte, size % doubleword);
    return destination;
}

int memcmp(const void* left, const void* right, std::size_t size) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

void* memchr(const void* bytes, int wanted, std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(bytes);
    for (std::size_t i = 0; i < size; ++i) {
        if (at[i] == static_cast<unsigned char>(wanted)) {
            return const_cast<unsigned char*>(at + i);
        }
    }
    return nullptr;
}

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != '\0') {
        ++length;
    }
    return length;
}
