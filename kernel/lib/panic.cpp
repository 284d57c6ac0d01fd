// The end of the road: what a panic prints, and how the machine stops (chapter 3).
#include "lib/panic.hpp"

#include "lib/log.hpp"

namespace kernel {

namespace {

void (*panic_hook)() = nullptr;

} // namespace

void panic(std::string_view message, const char* function, const char* file, int line) {
    log::flush();
    log::print("\nKERNEL PANIC: {}\n", message);
    log::print("    noticed by {} in {}, line {}\n", function, file, line);
    // Taken out before it is called: a hook that panics too must not be called forever.
    void (*const hook)() = panic_hook;
    panic_hook = nullptr;
    if (hook != nullptr) {
        hook();
    }
    log::print("The machine has been stopped.\n");
    stop_machine();
}

void set_panic_hook(void (*hook)()) {
    panic_hook = hook;
}

void stop_machine() {
    asm volatile("cli");
    log::flush();
    // HLT ends at a non-maskable interrupt (Intel SDM Vol. 2A, HLT), hence the loop.
    for (;;) {
        asm volatile("hlt");
    }
}

} // namespace kernel
