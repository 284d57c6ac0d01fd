// Random numbers: for stack guards and hash tables of programs, not for keys (chapter 20).
#include "lib/random.hpp"

namespace kernel::random {

namespace {

// Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003): never all 0. Whoever sees a few of the numbers can
// compute the others.
std::uint32_t state[4] = {123456789, 362436069, 521288629, 88675123};

} // namespace

void stir(std::uint32_t number) {
    state[0] ^= number;
    state[3] |= 1;
}

std::uint32_t next() {
    const std::uint32_t mixed = state[0] ^ state[0] << 11;
    state[0] = state[1];
    state[1] = state[2];
    state[2] = state[3];
    state[3] ^= state[3] >> 19 ^ mixed ^ mixed >> 8;
    return state[3];
}

} // namespace kernel::random
