// A program's beginning and end: constructors, main, exit, abort and assert (chapter 13).
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The linker scripts collect the addresses of constructors and destructors of global objects here.
typedef void constructor(int argc, char** argv, char** environment);
typedef void destructor(void);
extern constructor* const init_array_start[];
extern constructor* const init_array_end[];
extern destructor* const fini_array_start[];
extern destructor* const fini_array_end[];

int main(int argc, char** argv, char** environment);

/// Called by start.asm alone.
__attribute__((noreturn)) void libc_start(int argc, char** argv, char** environment);

void libc_start(int argc, char** argv, char** environment) {
    for (constructor* const* next = init_array_start; next != init_array_end; ++next) {
        (*next)(argc, argv, environment);
    }
    exit(main(argc, argv, environment));
}

void exit(int status) {
    // What was constructed first is destroyed last.
    for (destructor* const* next = fini_array_end; next != fini_array_start;) {
        --next;
        (*next)();
    }
    _exit(status);
}

void abort(void) {
    _exit(134);
}

void assertion_failed(const char* condition, const char* function, const char* file, int line) {
    fprintf(stderr, "%s:%d: %s: it must hold that %s, and it does not\n", file, line, function,
            condition);
    abort();
}
