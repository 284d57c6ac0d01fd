// The names of the calls that Linux has and this kernel has not, for the log (chapter 20).
#include "syscall/system_call.hpp"

#include <algorithm>
#include <iterator>

namespace kernel::system_call {

namespace {

constexpr struct {
    std::uint16_t number;
    const char* name;
} missing[] = {
#define MISSING_CALL(number, name) {number, #name},
#include "abi/missing_calls.def"
#undef MISSING_CALL
};

} // namespace

void enable_call_names() {
    set_call_names([](std::uint32_t number) -> const char* {
        const auto* const found = std::ranges::find(missing, number, [](const auto& one) { return one.number; });
        return found != std::end(missing) ? found->name : nullptr;
    });
}

} // namespace kernel::system_call
