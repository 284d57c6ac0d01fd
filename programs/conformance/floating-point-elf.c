// Floating-point and SSE registers belong to a process: they survive switches and forks. It prints the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <cpuid.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { children = 3, rounds = 60, first_control = 0x037F, round_up = 0x0B7F, round_down = 0x077F, first_sse_control = 0x1F80 };

static uint16_t control(void) {
    uint16_t word;
    __asm__ volatile("fnstcw %0" : "=m"(word));
    return word;
}

static void set_control(uint16_t word) {
    __asm__ volatile("fldcw %0" : : "m"(word));
}

static int has_sse(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (d & bit_SSE);
}

static uint32_t sse_control(void) {
    uint32_t word;
    __asm__ volatile("stmxcsr %0" : "=m"(word));
    return word;
}

static void set_sse_control(uint32_t word) {
    __asm__ volatile("ldmxcsr %0" : : "m"(word));
}

typedef struct {
    uint32_t words[4];
} sse_register;

static void load_sse(const sse_register* value) {
    __asm__ volatile("movups %0, %%xmm0\n\tmovups %0, %%xmm7" : : "m"(*value));
}

static int sse_holds(const sse_register* value) {
    sse_register first, last;
    __asm__ volatile("movups %%xmm0, %0\n\tmovups %%xmm7, %1" : "=m"(first), "=m"(last));
    return memcmp(&first, value, sizeof(first)) == 0 && memcmp(&last, value, sizeof(last)) == 0;
}

/// Keeps the unit's stack and its rounding in use for some milliseconds.
static double series(int k) {
    double sum = 0;
    for (int i = 1; i <= 20000; ++i) {
        sum += 1.0 / (i + k);
    }
    return sum;
}

/// In a child: the same again and again, in a rounding mode and with SSE registers of its own, while others do theirs.
static int stays_right(int k, double expected) {
    const sse_register mine = {{(uint32_t)k, 1, 2, 3}};
    set_control(k % 2 == 0 ? round_up : round_down);
    if (has_sse()) {
        load_sse(&mine);
    }
    for (int round = 0; round < rounds; ++round) {
        if (series(k) != expected || (has_sse() && !sse_holds(&mine))) {
            return 0;
        }
    }
    return control() == (k % 2 == 0 ? round_up : round_down);
}

static int is_sse_new(void) {
    static const sse_register zero;
    return !has_sse() || (sse_control() == first_sse_control && sse_holds(&zero));
}

/// Also in a child that has not computed anything when its parent does.
static void at_the_start(void) {
    static const sse_register parents = {{1, 2, 3, 4}};
    if (fork() == 0) {
        for (int i = 0; i < 10; ++i) {
            sched_yield();
        }
        _exit(control() != first_control || !is_sse_new());
    }
    check("a program starts with the usual control word", control() == first_control);
    check("and the same of SSE", is_sse_new());
    set_control(round_up);
    if (has_sse()) {
        load_sse(&parents);
    }
    check("what others compute is not seen", status_of_child() == 0);
    set_control(first_control);
}

static void while_others_compute(void) {
    double expected[children];
    for (int k = 0; k < children; ++k) {
        set_control(k % 2 == 0 ? round_up : round_down);
        expected[k] = series(k);
    }
    set_control(first_control);
    for (int k = 0; k < children; ++k) {
        if (fork() == 0) {
            _exit(!stays_right(k, expected[k]));
        }
    }
    for (int k = 0; k < children; ++k) {
        check("a child computes the same all the time", status_of_child() == 0);
    }
    check("the parent's control word is its own", control() == first_control);
}

static void across_a_fork(void) {
    static const sse_register mine = {{4, 5, 6, 7}};
    static const sse_register others = {{8, 9, 10, 11}};
    double pi;
    set_control(round_down);
    if (has_sse()) {
        set_sse_control(first_sse_control | 1 << 15);
        load_sse(&mine);
    }
    __asm__ volatile("fldpi");
    const pid_t child = fork();
    __asm__ volatile("fstpl %0" : "=m"(pi));
    const int kept = pi > 3.14 && pi < 3.15 && control() == round_down &&
                     (!has_sse() || (sse_holds(&mine) && sse_control() == (first_sse_control | 1 << 15)));
    if (child == 0) {
        set_control(round_up);
        if (has_sse()) {
            load_sse(&others);
        }
        sched_yield();
        _exit(!kept);
    }
    check("a parent keeps its registers", kept);
    check("a child has copies of them", status_of_child() == 0);
    check("what the child does to them is its own", control() == round_down && (!has_sse() || sse_holds(&mine)));
}

int main(void) {
    at_the_start();
    while_others_compute();
    across_a_fork();
    return wrong;
}
