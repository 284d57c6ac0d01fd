// The end of the road: an assertion that names what must hold, and the stop of the machine (chapter 3).
#pragma once

#include <string_view>

namespace kernel {

/// Reports a bug of the kernel and stops the machine for good. Never returns.
/// `message` is a sentence; `function`, `file` and `line` say where the bug was noticed.
[[noreturn]] void panic(std::string_view message, const char* function = __builtin_FUNCTION(),
                        const char* file = __builtin_FILE(), int line = __builtin_LINE());

/// `hook` runs in every later panic, after the message and before the machine stops, and may print
/// more. A panic inside the hook does not call it again.
void set_panic_hook(void (*hook)());

/// Turns interrupts off and halts forever.
[[noreturn]] void stop_machine();

} // namespace kernel

/// Panics unless `condition` holds. `sentence` says what must hold, so that the report can be read.
#define KERNEL_ASSERT(condition, sentence)                                                                             \
    do {                                                                                                               \
        if (!(condition)) [[unlikely]] {                                                                               \
            ::kernel::panic(sentence);                                                                                 \
        }                                                                                                              \
    } while (false)
