// The kernel of chapter 2: a C++ function computes, and a constructor has run before it.
#include "lib/constructors.hpp"

#include <cstdint>

namespace {

/// Its constructor is code that somebody must call: the compiler can't know `seed`.
class Counter {
public:
    explicit Counter(std::uint32_t start) : value_(start) {}
    std::uint32_t add(std::uint32_t number) { return value_ += number; }

private:
    std::uint32_t value_;
};

volatile std::uint32_t seed = 40;
Counter counter(seed);

} // namespace

/// What the debugger looks at.
extern "C" {
volatile std::uint32_t sum;
volatile std::uint32_t counted;
}

/// Three arguments, to be found on the stack. noipa: otherwise the compiler computes the sum itself
/// and there is no call to watch.
extern "C" [[gnu::noipa]] std::uint32_t sum_of_three_arguments(std::uint32_t first, std::uint32_t second,
                                                               std::uint32_t third) {
    return first + second + third;
}

/// Called by boot/start.asm, which halts the processor when this returns.
extern "C" void kernel_main(std::uint32_t, std::uint32_t) {
    kernel::run_constructors();
    sum = sum_of_three_arguments(1, 2, 3);
    counted = counter.add(2);
}
