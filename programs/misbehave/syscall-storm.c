// A hundred thousand system calls: every number from 0 to 511 and wild ones between, with wild
// arguments. What the kernel does not know it must refuse with ENOSYS; what it knows it must refuse
// or do, and live on. Ends: exited with status 0 (the number of wrong answers)
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { calls = 100000, numbers = 512 };

// Nothing here is an address below the kernel, so nothing that a call reads or writes can be in
// this program.
static const uint32_t wild[] = {0xC0000000, 0xC0100000, 0xFFFFF000, 0xFFFFFFFF, 0xF8000000,
                                0xFFC00000, 0xDEADBEEF, 0xFEE1DEAD, 0xC0000001};
enum { wild_count = sizeof wild / sizeof wild[0] };

static bool is_known(uint32_t number) {
    switch (number) {
#define SYSTEM_CALL(call_number, ...) case call_number:
#include "abi/system_calls.def"
#undef SYSTEM_CALL
        return true;
    default:
        return false;
    }
}

/// The next number of a fixed sequence that looks random (a linear congruential generator).
static uint32_t next_random(void) {
    static uint32_t state = 12345;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

int main(void) {
    int wrong = 0;
    for (uint32_t i = 0; i < calls; ++i) {
        const uint32_t number = i % 8 == 7 ? wild[next_random() % wild_count] + i : i / 8 % numbers;
        if (number == SYS_exit || number == SYS_exit_group || number == SYS_fork || number == SYS_vfork ||
            number == SYS_clone || number == SYS_sigreturn || number == SYS_rt_sigreturn || number == SYS_pause ||
            number == SYS_sigsuspend || number == SYS_poll || number == SYS__newselect || number == SYS_pselect6 ||
            number == SYS_futex) {
            continue; // the storm would end, become two, go on with wild registers, or wait for a signal that never comes
        }
        uint32_t argument[5];
        for (int j = 0; j < 5; ++j) {
            argument[j] = wild[next_random() % wild_count];
        }
        errno = 0;
        const long result = syscall((long)number, argument[0], argument[1], argument[2], argument[3], argument[4]);
        if (!is_known(number) && (result != -1 || errno != ENOSYS)) {
            printf("call %#x: result %ld, errno %d\n", number, result, errno);
            ++wrong;
        }
    }
    printf("storm: %d calls, %d wrong answers\n", calls, wrong);
    return wrong > 255 ? 255 : wrong;
}
