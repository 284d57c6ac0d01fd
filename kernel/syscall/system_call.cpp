// System calls: the table and the dispatch (chapter 12).
#include "syscall/system_call.hpp"

#include "cpu/interrupts.hpp"
#include "lib/log.hpp"
#include "process/process.hpp"

#include "layout.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kernel::system_call {

namespace {

using Call = Result<std::uint32_t> (*)(interrupts::Frame& frame);

#define SYSTEM_CALL(number, ...) number,
constexpr std::uint32_t numbers[] = {
#include "abi/system_calls.def"
};
#undef SYSTEM_CALL
constexpr std::uint32_t table_size = *std::ranges::max_element(numbers) + 1;

/// Each unknown number is logged once; those past the end of the list share its last place.
std::array<bool, 512> unknown_logged;

const char* (*name_of_call)(std::uint32_t number) = nullptr;

Result<std::uint32_t> refuse_unknown(interrupts::Frame& frame) {
    const std::uint32_t number = frame.eax;
    bool& logged = unknown_logged[std::min<std::uint32_t>(number, unknown_logged.size() - 1)];
    if (!logged) {
        logged = true;
        const char* const name = name_of_call != nullptr ? name_of_call(number) : nullptr;
        log::debug("system call {} ({}): not implemented", number, name != nullptr ? name : "unknown");
    }
    return std::unexpected(Error::NotImplemented);
}

/// `unpack<calls::read>` takes the arguments of `read` out of the frame's registers, gives each the
/// type that the list says, and calls it.
template <auto call>
struct Unpack;

template <typename... Parameters, Result<std::uint32_t> (*call)(Parameters...)>
struct Unpack<call> {
    static Result<std::uint32_t> from(interrupts::Frame& frame) {
        const std::uint32_t registers[] = {frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp};
        static_assert(sizeof...(Parameters) <= std::size(registers));
        if (call == nullptr) { // of a later chapter, which this kernel does not have
            return refuse_unknown(frame);
        }
        const auto pass = [&]<std::size_t... index>(std::index_sequence<index...>) {
            return call(static_cast<Parameters>(registers[index])...);
        };
        return pass(std::index_sequence_for<Parameters...>());
    }
};

template <auto call>
constexpr Call unpack = Unpack<call>::from;

/// By number. The gaps are filled, so that every number below the end has a function.
constexpr std::array<Call, table_size> table = [] {
    std::array<Call, table_size> calls_by_number{};
    calls_by_number.fill(refuse_unknown);
#define SYSTEM_CALL(number, name, ...) calls_by_number[number] = unpack<calls::name>;
#include "abi/system_calls.def"
#undef SYSTEM_CALL
    return calls_by_number;
}();

/// It has no array, and each system call comes through here: it does without the stack protector.
[[gnu::no_stack_protector, gnu::always_inline]] inline void handle(interrupts::Frame& frame) {
    const std::uint32_t number = frame.eax;
    const Call call = number < table.size() ? table[number] : refuse_unknown;
    const Result<std::uint32_t> result = call(frame);
    if (result) [[likely]] {
        frame.eax = *result;
    } else {
        frame.eax = static_cast<std::uint32_t>(-static_cast<std::int32_t>(result.error()));
    }
}

/// What has come up for the process meanwhile is seen to before it goes back to its program. A call that is to be made once
/// more for that is known by its number, kept where the processor puts no error code.
[[gnu::no_stack_protector]] void enter(interrupts::Frame& frame) {
    frame.error_code = frame.eax;
    handle(frame);
    if (scheduler::running->has_to_attend()) [[unlikely]] {
        process::attend(frame);
    }
}

void (*tracer)(interrupts::Frame& frame, void (*call)(interrupts::Frame& frame)) = nullptr;

/// As `enter`, which is not to take longer because something might be traced.
void enter_traced(interrupts::Frame& frame) {
    frame.error_code = frame.eax;
    tracer(frame, [](interrupts::Frame& traced) { handle(traced); });
    if (scheduler::running->has_to_attend()) {
        process::attend(frame);
    }
}

} // namespace

void trace_calls(void (*trace)(interrupts::Frame& frame, void (*call)(interrupts::Frame& frame))) {
    tracer = trace;
    interrupts::set_handler(interrupts::Vector::SystemCall, enter_traced);
}

void set_call_names(const char* (*name)(std::uint32_t number)) {
    name_of_call = name;
}

void initialize() {
    interrupts::set_handler(interrupts::Vector::SystemCall, enter);
}

} // namespace kernel::system_call
