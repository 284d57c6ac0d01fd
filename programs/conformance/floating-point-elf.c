// Floating-point and SSE registers belong to a process: they survive switches, forks and signal handlers. It prints
// the same on Linux.
// Ends: exited with status 0 (the number of wrong answers)
#include <cpuid.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"

enum { children = 3, rounds = 60, first_control = 0x037F, round_up = 0x0B7F, round_down = 0x077F, first_sse_control = 0x1F80, sse_round_up = first_sse_control | 1 << 14 };

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

static void set_first_controls(void) {
    set_control(first_control);
    if (has_sse()) {
        set_sse_control(first_sse_control);
    }
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

static volatile int handled;    // signals
static volatile int not_handled_with_new_registers;

/// A handler that leaves other registers behind: eight on the unit's stack, of SSE, and control words.
static void spoil(int number) {
    static const sse_register others = {{16, 17, 18, 19}};
    uint16_t status;
    (void)number;
    __asm__ volatile("fnstsw %0" : "=m"(status));
    not_handled_with_new_registers |= status != 0 || control() != first_control || !is_sse_new();
    for (int i = 0; i < 8; ++i) {
        __asm__ volatile("fldpi");
    }
    set_control(round_up);
    if (has_sse()) {
        load_sse(&others);
        set_sse_control(sse_round_up);
    }
    ++handled;
}

/// Also in a child that has not computed anything when its parent does, not even after a handler that has.
static void at_the_start(void) {
    static const sse_register parents = {{1, 2, 3, 4}};
    if (fork() == 0) {
        for (int i = 0; i < 10; ++i) {
            sched_yield();
        }
        signal(SIGUSR1, spoil);
        raise(SIGUSR1);
        _exit(control() != first_control || !is_sse_new() || not_handled_with_new_registers);
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
    set_first_controls();
}

static void while_handlers_compute(void) {
    static const struct itimerval often = {{0, 10000}, {0, 10000}};
    static const struct itimerval never;
    static const sse_register mine = {{12, 13, 14, 15}};
    const double expected = series(1);
    int right = 1;
    if (has_sse()) {
        load_sse(&mine);
    }
    signal(SIGALRM, spoil);
    setitimer(ITIMER_REAL, &often, NULL);
    while (handled < 10) {
        right &= series(1) == expected && control() == first_control;
        right &= !has_sse() || (sse_holds(&mine) && sse_control() == first_sse_control);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    check("what handlers compute is not seen", right);
    check("a handler begins with new registers", !not_handled_with_new_registers);
}

static sse_register load_all(uint16_t word) {
    const sse_register mine = {{word, 20, 21, 22}};
    set_control(word);
    if (has_sse()) {
        load_sse(&mine);
        set_sse_control(sse_round_up);
    }
    return mine;
}

/// Whether registers are the same after a signal.
static int survive(uint16_t word, int number) {
    double pi;
    const sse_register mine = load_all(word);
    __asm__ volatile("fldpi");
    raise(number);
    __asm__ volatile("fstpl %0" : "=m"(pi));
    const int same = pi > 3.14 && pi < 3.15 && control() == word &&
                     (!has_sse() || (sse_holds(&mine) && sse_control() == sse_round_up));
    set_first_controls();
    return same;
}

static int inner_survived;
static pid_t forked;

static void nest(int number) {
    (void)number;
    inner_survived = survive(round_up, SIGUSR2);
}

static void fork_in_handler(int number) {
    forked = fork();
    spoil(number);
}

static void in_handlers(void) {
    signal(SIGUSR2, spoil);
    signal(SIGUSR1, nest);
    check("a handler's handler", survive(round_down, SIGUSR1) && inner_survived);
    signal(SIGUSR1, fork_in_handler);
    const int same = survive(round_down, SIGUSR1);
    if (forked == 0) {
        _exit(!same);
    }
    check("a handler that forks", same);
    check("and its child", status_of_child() == 0);
    check("all of these began with new registers", !not_handled_with_new_registers);
}

/// What a signal frame has of them: arch/x86/include/uapi/asm/sigcontext.h, struct _fpstate_32.
typedef struct {
    uint32_t control, status, others[5];
    uint8_t stack[80];
    uint16_t status_again, magic; // 0: what follows is there, as FXSAVE writes it
    uint32_t fxsave_before_sse_control[6], sse_control, mask, fxsave_stack[32];
    sse_register sse[8];
} fpstate;

static int is_frame_right;
static void (*change)(fpstate*);
static unsigned forged_place;

static void change_frame(int number, siginfo_t* info, void* context) {
    static const uint8_t pi[] = {0x34, 0xC2, 0x68, 0x21, 0xA2, 0xDA, 0x0F, 0xC9, 0x00, 0x40};
    unsigned* const place = &((ucontext_t*)context)->uc_mcontext.fpstate;
    fpstate* const state = (fpstate*)*place;
    (void)number, (void)info;
    is_frame_right = *place % 16 == 0 && (uint16_t)state->control == round_down &&
                     memcmp(state->stack, pi, sizeof(pi)) == 0 && state->status_again == (uint16_t)state->status &&
                     state->magic == (has_sse() ? 0 : 0xFFFF) &&
                     (!has_sse() || (state->sse_control == sse_round_up && state->sse[7].words[0] == round_down));
    if (change != NULL) {
        change(state);
    } else {
        *place = forged_place;
    }
}

static void other_registers(fpstate* state) {
    state->control = 0xFFFF0000 | round_up;
    if (has_sse()) {
        state->sse[7] = state->sse[0] = (sse_register){{1, 1, 1, 1}};
        state->sse_control = first_sse_control;
    }
}

static void reserved_bits(fpstate* state) {
    if (has_sse()) {
        state->sse_control = 0xFFFFFFFF;
    }
}

static void an_error(fpstate* state) {
    state->control = 0xFFFF0340; // none is masked
    state->status |= 0x80FF;
}

/// How a child ends whose handler changes its frame so. It exits with 0 if it goes on with those of `other_registers`, with
/// 1 if it goes on with its own or any others.
static int status_after(void (*wanted)(fpstate*), unsigned place) {
    static const sse_register others = {{1, 1, 1, 1}};
    const struct sigaction action = {.sa_sigaction = change_frame, .sa_flags = SA_SIGINFO};
    change = wanted;
    forged_place = place;
    if (fork() == 0) {
        sigaction(SIGUSR1, &action, NULL);
        load_all(round_down);
        __asm__ volatile("fldpi");
        raise(SIGUSR1);
        __asm__ volatile("fwait\n\tfstp %st"); // an error that waits comes here
        if (!is_frame_right) {
            _exit(2);
        }
        _exit(control() != round_up || (has_sse() && (!sse_holds(&others) || sse_control() != first_sse_control)));
    }
    return status_of_child();
}

static void in_the_frame(void) {
    check("a handler can choose what the registers will be", status_after(other_registers, 0) == 0);
    check("a number's error comes after it", WTERMSIG(status_after(an_error, 0)) == SIGFPE);
    const int status = status_after(reserved_bits, 0); // Linux for i386 clears them, that for x86-64 kills
    check("reserved bits harm no one else", WTERMSIG(status) == SIGSEGV || status == 1 << 8);
    check("registers in the kernel", WTERMSIG(status_after(NULL, 0xFFFFF000)) == SIGSEGV);
    check("registers in nowhere", WTERMSIG(status_after(NULL, 16)) == SIGSEGV);
    check("and those of others are as they were", control() == first_control);
}

static void* before[5];

static void leave(int number) {
    (void)number;
    set_control(round_up);
    __builtin_longjmp(before, 1);
}

static void without_return(void) {
    signal(SIGUSR1, leave);
    if (__builtin_setjmp(before) == 0) {
        raise(SIGUSR1);
    }
    check("who leaves a handler by a jump has its registers", control() == round_up);
    set_control(first_control);
    check("and can have others' handlers", survive(round_down, SIGUSR2));
}

int main(void) {
    at_the_start();
    while_others_compute();
    across_a_fork();
    while_handlers_compute();
    in_handlers();
    in_the_frame();
    without_return();
    return wrong;
}
