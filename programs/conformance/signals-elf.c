// What signals promise, one line each. It prints the same on Linux. Ends: exited with status 0 (the number of wrong answers)
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static volatile int count;
static volatile int last;
static volatile int order; // the numbers of the handlers that ran, as decimal digits

static void note(int number) {
    ++count;
    last = number;
    order = order * 100 + number;
}

static void handle_with(int number, sighandler* handler, unsigned flags, sigset_t mask) {
    const struct sigaction action = {.sa_handler = handler, .sa_flags = flags, .sa_mask = mask};
    sigaction(number, &action, NULL);
}

static sigset_t set_of(int number) {
    return 1ULL << (number - 1);
}

static void sleep_a_little(void) {
    const struct timespec duration = {.tv_sec = 0, .tv_nsec = 50000000};
    nanosleep(&duration, NULL);
}

static pid_t begin_to_pause(void) {
    const pid_t child = fork();
    while (child == 0) {
        pause();
    }
    return child;
}

/// How a child ends to which `number` is sent.
static int end_by(int number) {
    const pid_t child = begin_to_pause();
    sleep_a_little();
    kill(child, number);
    return status_of_child();
}

static void default_actions(void) {
    static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGTRAP, SIGKILL, SIGUSR1, SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGSYS, 34, 64};
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); ++i) {
        printf("signal %d ends: %d\n", deadly[i], WTERMSIG(end_by(deadly[i])));
    }
    raise(SIGCHLD);
    raise(SIGCONT);
    raise(SIGURG);
    raise(SIGWINCH);
    check("four signals do nothing", 1);
    const pid_t child = fork();
    if (child == 0) {
        while (1) { // no call on which it could be stopped
        }
    }
    sleep_a_little();
    kill(child, SIGTERM);
    check("an endless loop can be ended", status_of_child() == SIGTERM);
}

static void whom_to_kill(void) {
    check("kill with 0 asks", kill(getpid(), 0) == 0);
    check("no such process", fails(kill(0x7FFFFFFF, 0), ESRCH));
    check("no such group", fails(kill(-0x7FFFFFFF, SIGTERM), ESRCH));
    check("no such signal", fails(kill(getpid(), 65), EINVAL) && fails(kill(getpid(), -1), EINVAL));
    const pid_t child = begin_to_pause();
    setpgid(child, child);
    sleep_a_little();
    check("a group is ended", kill(-child, SIGTERM) == 0 && status_of_child() == SIGTERM);
    const pid_t zombie = fork();
    if (zombie == 0) {
        _exit(0);
    }
    sleep_a_little();
    check("who has ended can be asked for", kill(zombie, 0) == 0 && kill(zombie, SIGTERM) == 0);
    check("and has ended as it did", status_of_child() == 0);
}

static void handlers(void) {
    struct sigaction old;
    handle_with(SIGUSR1, note, 0, 0);
    check("sigaction tells what was set", sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == note);
    check("SIGKILL can't be handled", fails(sigaction(SIGKILL, &old, NULL), EINVAL));
    check("nor SIGSTOP", fails(sigaction(SIGSTOP, &old, NULL), EINVAL));
    check("but asked for", sigaction(SIGSTOP, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    check("no signal 0", fails(sigaction(0, NULL, &old), EINVAL) && fails(sigaction(65, NULL, &old), EINVAL));
    check("a bad address", fails(sigaction(SIGUSR1, (void*)0xC0000000, NULL), EFAULT));
    count = 0;
    check("raise returns after the handler", raise(SIGUSR1) == 0 && count == 1 && last == SIGUSR1);
    handle_with(SIGUSR1, SIG_IGN, 0, 0);
    raise(SIGUSR1);
    check("an ignored one does nothing", count == 1);
    handle_with(SIGUSR1, note, SA_RESETHAND, 0);
    raise(SIGUSR1);
    sigaction(SIGUSR1, NULL, &old);
    check("SA_RESETHAND: once", count == 2 && old.sa_handler == SIG_DFL);
    handle_with(64, note, 0, 0);
    raise(64);
    check("the last signal", last == 64);
}

static void masks(void) {
    sigset_t set = set_of(SIGUSR1) | set_of(SIGUSR2);
    sigset_t old;
    handle_with(SIGUSR1, note, 0, 0);
    handle_with(SIGUSR2, note, 0, 0);
    count = 0;
    order = 0;
    check("two are blocked", sigprocmask(SIG_BLOCK, &set, &old) == 0 && old == 0);
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    check("and wait", count == 0 && sigpending(&old) == 0 && old == set);
    set = set_of(SIGUSR2);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    check("one comes", count == 1 && last == SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    check("the other is still blocked", old == set_of(SIGUSR1));
    raise(SIGUSR2);
    order = 0;
    set = 0;
    sigprocmask(SIG_SETMASK, &set, NULL);
    check("both come, each once", count == 3);
    printf("the order of their handlers: %d\n", order);
    set = ~0ULL;
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigprocmask(SIG_BLOCK, NULL, &old);
    check("two can't be blocked", old == (~0ULL & ~set_of(SIGKILL) & ~set_of(SIGSTOP)));
    set = 0;
    sigprocmask(SIG_SETMASK, &set, NULL);
    check("no such way", fails(sigprocmask(3, &set, NULL), EINVAL));
    check("nor such size", fails(syscall(175, SIG_BLOCK, &set, NULL, 4), EINVAL));

    set = set_of(SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    handle_with(SIGUSR1, SIG_IGN, 0, 0);
    handle_with(SIGUSR1, note, 0, 0);
    count = 0;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    check("what waits is gone when it is ignored", count == 0);
}

static sigset_t mask_in_handler;

static void look_at_mask(int number) {
    sigprocmask(SIG_BLOCK, NULL, &mask_in_handler);
    note(number);
}

static void raise_again(int number) {
    if (++count < 3) {
        raise(number);
        last = count;
    }
}

static void masks_of_handlers(void) {
    handle_with(SIGUSR1, look_at_mask, 0, set_of(SIGHUP));
    raise(SIGUSR1);
    check("a handler runs with its mask and its own signal blocked", mask_in_handler == (set_of(SIGHUP) | set_of(SIGUSR1)));
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    check("which is as before afterwards", now == 0);
    handle_with(SIGUSR1, look_at_mask, SA_NODEFER, 0);
    raise(SIGUSR1);
    check("SA_NODEFER: not its own", mask_in_handler == 0);
    count = 0;
    handle_with(SIGUSR1, raise_again, 0, 0);
    raise(SIGUSR1);
    check("a signal sent by its handler comes after it", count == 3 && last == 2);
}

static siginfo_t seen;
static ucontext_t seen_context;

static void keep_info(int number, siginfo_t* info, void* context) {
    last = number;
    seen = *info;
    memcpy(&seen_context, context, sizeof(seen_context));
}

static void wait_for_code(int code) {
    for (int i = 0; i < 100 && seen.si_code != code; ++i) {
        sleep_a_little();
    }
}

static void infos(void) {
    const struct sigaction action = {.sa_sigaction = keep_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    kill(getpid(), SIGUSR1);
    check("who sent it", seen.si_signo == SIGUSR1 && seen.si_code == SI_USER && seen.si_pid_or_address == getpid());
    const pid_t child = fork();
    if (child == 0) {
        _exit(42);
    }
    status_of_child();
    check("SIGCHLD tells the child and its status",
          seen.si_signo == SIGCHLD && seen.si_code == CLD_EXITED && seen.si_pid_or_address == child && seen.si_status == 42);
    end_by(SIGKILL);
    check("and how it was killed", seen.si_code == CLD_KILLED && seen.si_status == SIGKILL);
    const pid_t stopped = begin_to_pause();
    kill(stopped, SIGSTOP);
    wait_for_code(CLD_STOPPED);
    check("or stopped", seen.si_pid_or_address == stopped && seen.si_status == SIGSTOP);
    kill(stopped, SIGCONT);
    wait_for_code(CLD_CONTINUED);
    check("or continued", seen.si_pid_or_address == stopped && seen.si_status == SIGCONT);
    kill(stopped, SIGKILL);
    status_of_child();
    handle_with(SIGCHLD, SIG_DFL, 0, 0);
}

static volatile int fault_address;

static void leave_by_eip(int number, siginfo_t* info, void* context) {
    ucontext_t* saved = context;
    last = number;
    fault_address = info->si_pid_or_address;
    order = info->si_code;
    saved->uc_mcontext.eip += 2; // each of the instructions below is 2 bytes long
    saved->uc_mcontext.eax = 77;
}

static void stop_stepping(int number, siginfo_t* info, void* context) {
    ucontext_t* saved = context;
    last = number;
    fault_address = info->si_pid_or_address;
    order = info->si_code;
    saved->uc_mcontext.eflags &= ~0x100U; // TF
}

static void touch_nothing(void) {
    __asm__ volatile("mov %%eax, 16" : : : "memory");
}

static void faults(void) {
    const struct sigaction action = {.sa_sigaction = leave_by_eip, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    int value = 0x10;
    __asm__ volatile("mov (%0), %%al" : "+a"(value) : : "memory");
    check("a fault is handled, and registers can be changed", last == SIGSEGV && fault_address == 0x10 && order == SEGV_MAPERR && value == 77);
    value = (int)(uintptr_t)"text";
    __asm__ volatile("mov %%al, (%0)" : "+a"(value) : : "memory");
    check("a write to read-only memory", last == SIGSEGV && order == SEGV_ACCERR && value == 77);
    value = 0xF;
    __asm__ volatile("mov %%eax, %%fs" : "+a"(value));
    check("a selector of an LDT, where there is none", last == SIGSEGV && fault_address == 0 && order == SI_KERNEL && value == 77);
    __asm__ volatile("ud2" : "=a"(value));
    check("an unknown instruction", last == SIGILL && order == ILL_ILLOPN && value == 77);
    __asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : "=a"(value) : : "ecx", "edx");
    check("a division by zero", last == SIGFPE && order == FPE_INTDIV && value == 77);
    const int place = fault_address;
    check("and where it was", place > (int)(uintptr_t)faults && place < (int)(uintptr_t)faults + 4096);
    const struct sigaction once = {.sa_sigaction = stop_stepping, .sa_flags = SA_SIGINFO};
    sigaction(SIGTRAP, &once, NULL);
    __asm__ volatile("pushf; orl $0x100, (%%esp); popf; nop; nop" : : : "memory", "cc");
    check("a single step", last == SIGTRAP && order == TRAP_TRACE && fault_address > place && fault_address < place + 4096);
    handle_with(SIGTRAP, SIG_DFL, 0, 0);
    if (fork() == 0) {
        sigset_t set = set_of(SIGSEGV);
        sigprocmask(SIG_BLOCK, &set, NULL);
        touch_nothing();
        _exit(1);
    }
    check("a fault that is blocked ends the program", status_of_child() == SIGSEGV);
    if (fork() == 0) {
        handle_with(SIGSEGV, SIG_IGN, 0, 0);
        touch_nothing();
        _exit(1);
    }
    check("so does one that is ignored", status_of_child() == SIGSEGV);
    if (fork() == 0) {
        handle_with(SIGUSR1, note, 0, 0);
        __asm__ volatile("mov $0x1000, %%esp; int $0x80" : : "a"(37), "b"(getpid()), "c"(SIGUSR1));
        _exit(1);
    }
    check("a handler without a stack ends the program", status_of_child() == SIGSEGV);
    handle_with(SIGSEGV, SIG_DFL, 0, 0);
}

static volatile uintptr_t handlers_stack;

static void look_at_stack(int number) {
    handlers_stack = (uintptr_t)&number;
    stack_t now;
    order = sigaltstack(NULL, &now) == 0 ? now.ss_flags : -1;
    now.ss_flags = 0;
    last = fails(sigaltstack(&now, NULL), EPERM);
}

static void alternate_stacks(void) {
    static char other[8192];
    const stack_t stack = {.ss_sp = (unsigned)(uintptr_t)other, .ss_size = sizeof(other)};
    const stack_t small = {.ss_sp = stack.ss_sp, .ss_size = 100};
    stack_t old;
    check("no other stack at first", sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
    check("too small a one", fails(sigaltstack(&small, NULL), ENOMEM));
    check("one of 8 KiB", sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_size == sizeof(other));
    handle_with(SIGUSR1, look_at_stack, SA_ONSTACK, 0);
    raise(SIGUSR1);
    check("a handler runs there", handlers_stack - (uintptr_t)other < sizeof(other));
    check("which it is told", order == SS_ONSTACK);
    check("and can't change", last);
    handle_with(SIGUSR1, look_at_stack, 0, 0);
    raise(SIGUSR1);
    check("or not, without SA_ONSTACK", handlers_stack - (uintptr_t)other >= sizeof(other));
    check("then it can be changed", order == 0 && !last);
    stack_t given = {.ss_sp = stack.ss_sp, .ss_flags = SS_ONSTACK, .ss_size = sizeof(other)};
    check("SS_ONSTACK is taken, and not told", sigaltstack(&given, NULL) == 0 && sigaltstack(NULL, &old) == 0 && old.ss_flags == 0);
    given.ss_flags = SS_ONSTACK | SS_DISABLE;
    check("not with SS_DISABLE", fails(sigaltstack(&given, NULL), EINVAL));
    given.ss_flags = SS_DISABLE;
    check("which forgets the stack", sigaltstack(&given, &old) == 0 && old.ss_size == sizeof(other) && sigaltstack(NULL, &old) == 0 &&
                                         old.ss_flags == SS_DISABLE && old.ss_sp == 0 && old.ss_size == 0);
}

static pid_t sender;
static int ends[2];
static pid_t other;

/// Begins a child that sends SIGUSR1 again and again, so that one comes after the parent has begun to wait.
static void begin_to_send(void) {
    count = 0;
    sender = fork();
    if (sender == 0) {
        while (1) {
            sleep_a_little();
            kill(getppid(), SIGUSR1);
        }
    }
}

static int was_interrupted(long result) {
    const int right = fails(result, EINTR) && count > 0;
    kill(sender, SIGKILL);
    return waitpid(sender, NULL, 0) == sender && right;
}

static void write_to_pipe(int number) {
    note(number);
    write(ends[1], "x", 1);
}

static void end_the_other(int number) {
    note(number);
    kill(other, SIGTERM);
}

static void interrupted_calls(void) {
    char letter;
    pipe(ends);
    handle_with(SIGUSR1, note, 0, 0);
    begin_to_send();
    check("a read is interrupted", was_interrupted(read(ends[0], &letter, 1)));
    begin_to_send();
    check("so is a wait", was_interrupted(waitpid(-1, NULL, 0)));
    begin_to_send();
    check("and pause", was_interrupted(pause()));
    const struct timespec long_time = {.tv_sec = 100, .tv_nsec = 0};
    struct timespec rest = {0, 0};
    begin_to_send();
    check("and sleep, which tells the rest", was_interrupted(nanosleep(&long_time, &rest)) && rest.tv_sec == 99);
    handle_with(SIGUSR1, note, SA_RESTART, 0);
    begin_to_send();
    check("with SA_RESTART, too", was_interrupted(nanosleep(&long_time, NULL)));
    begin_to_send();
    check("and pause", was_interrupted(pause()));
    handle_with(SIGUSR1, write_to_pipe, SA_RESTART, 0);
    begin_to_send();
    check("but a read goes on", read(ends[0], &letter, 1) == 1 && !was_interrupted(0));
    handle_with(SIGUSR1, end_the_other, SA_RESTART, 0);
    other = begin_to_pause();
    begin_to_send();
    check("so does a wait", waitpid(other, NULL, 0) == other && !was_interrupted(0));
    handle_with(SIGUSR1, SIG_IGN, 0, 0);
    begin_to_send();
    sleep_a_little();
    check("an ignored signal interrupts nothing", nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL) == 0 && !was_interrupted(0));
    close(ends[0]);
    close(ends[1]);
}

static void suspend(void) {
    sigset_t set = set_of(SIGUSR1);
    sigset_t none = 0;
    handle_with(SIGUSR1, look_at_mask, 0, 0);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    count = 0;
    check("sigsuspend lets a signal come that waited", fails(sigsuspend(&none), EINTR) && count == 1);
    check("with the mask that was asked for", mask_in_handler == set_of(SIGUSR1));
    sigprocmask(SIG_BLOCK, NULL, &none);
    check("and restores the old one", none == set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void broken_pipes(void) {
    pipe(ends);
    close(ends[0]);
    if (fork() == 0) {
        write(ends[1], "x", 1);
        _exit(1);
    }
    check("a write without a reader ends a program", status_of_child() == SIGPIPE);
    count = 0;
    handle_with(SIGPIPE, note, 0, 0);
    check("or is an error if that is handled", fails(write(ends[1], "x", 1), EPIPE) && count == 1);
    handle_with(SIGPIPE, SIG_IGN, 0, 0);
    check("or ignored", fails(write(ends[1], "x", 1), EPIPE));
    check("a write of nothing is none", write(ends[1], "x", 0) == 0);
    handle_with(SIGPIPE, SIG_DFL, 0, 0);
    close(ends[1]);
}

static void stops(void) {
    int status;
    const pid_t child = fork();
    if (child == 0) {
        while (1) {
            sleep_a_little();
        }
    }
    kill(child, SIGSTOP);
    check("a stopped child is told of", waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    check("once", waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
    kill(child, SIGTSTP);
    kill(child, SIGCONT);
    check("one that goes on, too", waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGTERM);
    check("a stopped one does not see a signal", waitpid(child, &status, WNOHANG) == 0);
    kill(child, SIGCONT);
    check("before it goes on", waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    other = fork();
    if (other == 0) {
        raise(SIGSTOP);
        _exit(3);
    }
    waitpid(other, &status, WUNTRACED);
    kill(other, SIGKILL);
    check("SIGKILL ends a stopped one", waitpid(other, &status, 0) == other && WTERMSIG(status) == SIGKILL);
}

static void children_that_are_not_waited_for(void) {
    handle_with(SIGCHLD, SIG_IGN, 0, 0);
    if (fork() == 0) {
        _exit(0);
    }
    check("nothing is left of them", fails(waitpid(-1, NULL, 0), ECHILD));
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    check("also for one who asks for it by its number", fails(waitpid(child, NULL, 0), ECHILD) && fails(kill(child, 0), ESRCH));
    const pid_t leader = fork();
    if (leader == 0) {
        setpgid(0, 0);
        _exit(0);
    }
    check("their groups end with them", fails(waitpid(leader, NULL, 0), ECHILD) && fails(kill(-leader, 0), ESRCH));
    handle_with(SIGCHLD, SIG_DFL, 0, 0);
}

static void alarms(void) {
    check("no alarm at first", alarm(100) == 0);
    check("one that is set anew tells what was left", alarm(0) == 100 && alarm(0) == 0);
    handle_with(SIGALRM, note, 0, 0);
    count = 0;
    alarm(1);
    if (fork() == 0) {
        _exit((int)alarm(0));
    }
    check("a child does not have it", waitpid(-1, NULL, 0) > 0);
    check("it ends a pause", fails(pause(), EINTR) && count == 1 && last == SIGALRM && alarm(0) == 0);
    handle_with(SIGALRM, SIG_DFL, 0, 0);
}

/// A process that a timer rings for at each tick gets its turn like any other.
static void turns(void) {
    enum { hogs = 2, least = 10 };
    for (int i = 0; i < hogs; ++i) {
        if (fork() == 0) {
            alarm(1); // its end
            for (;;) {
            }
        }
    }
    handle_with(SIGALRM, note, SA_RESTART, 0);
    const struct itimerval each_tick = {.it_interval = {0, 10000}, .it_value = {0, 10000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    count = 0;
    setitimer(ITIMER_REAL, &each_tick, NULL);
    while (count < least) {
    }
    setitimer(ITIMER_REAL, &never, NULL);
    check("a process that gets many signals runs, too", waitpid(-1, NULL, WNOHANG) == 0);
    while (waitpid(-1, NULL, 0) > 0) {
    }
    handle_with(SIGALRM, SIG_DFL, 0, 0);
}

/// Others have their turns between two calls, however much each of these writes.
static void long_writes(void) {
    const int null = open("/dev/null", O_WRONLY);
    const pid_t child = fork();
    if (child == 0) {
        for (;;) {
            write(null, NULL, 0x7FFFF000);
        }
    }
    const clock_t begin = times(NULL);
    for (int i = 0; i < 5; ++i) {
        sleep_a_little();
    }
    check("who writes much in each call leaves the processor to others", times(NULL) - begin < 1000);
    kill(child, SIGKILL);
    status_of_child();
    close(null);
}

/// Nor does one keep the processor whose calls take interrupts while they work: it has its turns as a loop has them.
static void long_calls(void) {
    static char bytes[65536];
    const int file = open("signals-file", O_CREAT | O_RDWR | O_TRUNC, 0600);
    unlink("signals-file");
    write(file, bytes, sizeof(bytes));
    struct tms before;
    struct tms after;
    const clock_t begin = times(&before);
    const pid_t child = fork();
    if (child == 0) {
        void* const place = mmap(NULL, sizeof(bytes), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (;;) {
            mmap(place, sizeof(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0);
        }
    }
    while (times(&after) < begin + 100) {
        for (volatile int i = 0; i < 10000; ++i) {
        }
    }
    const clock_t own = after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime;
    kill(child, SIGKILL);
    status_of_child();
    times(&after);
    const clock_t others = after.tms_cutime + after.tms_cstime - before.tms_cutime - before.tms_cstime;
    check("who maps a file in each call does, too", own * 4 >= others);
    close(file);
}

/// Stops process `id` while it waits, and has it go on.
static void stop_for_a_moment(pid_t id) {
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 100000000};
    int status;
    nanosleep(&moment, NULL);
    kill(id, SIGSTOP);
    waitpid(id, &status, WUNTRACED);
    kill(id, SIGCONT);
    nanosleep(&moment, NULL);
}

/// Calls that any handler ends go on if none has run.
static void calls_that_go_on(void) {
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(1);
    }
    stop_for_a_moment(child);
    kill(child, SIGTERM);
    check("a stop does not end a pause", status_of_child() == SIGTERM);

    child = fork();
    if (child == 0) {
        _exit(poll(NULL, 0, -1) == 0);
    }
    stop_for_a_moment(child);
    kill(child, SIGTERM);
    check("nor a poll", status_of_child() == SIGTERM);

    child = fork();
    if (child == 0) {
        const clock_t begin = times(NULL);
        const struct timespec duration = {.tv_sec = 1, .tv_nsec = 0};
        const int slept = nanosleep(&duration, NULL);
        _exit(slept == 0 && times(NULL) >= begin + 100 ? 0 : 1);
    }
    stop_for_a_moment(child);
    check("nor a sleep", status_of_child() == 0);

    child = fork();
    if (child == 0) {
        const clock_t begin = times(NULL);
        const struct timespec duration = {.tv_sec = 2, .tv_nsec = 0};
        nanosleep(&duration, NULL);
        _exit(times(NULL) <= begin + 300 ? 0 : 1);
    }
    const struct timespec long_moment = {.tv_sec = 1, .tv_nsec = 500000000};
    nanosleep(&long_moment, NULL);
    stop_for_a_moment(child);
    check("which does not begin anew", status_of_child() == 0);

    child = fork();
    if (child == 0) {
        sigset_t none;
        sigset_t chld;
        sigemptyset(&none);
        sigemptyset(&chld);
        sigaddset(&chld, SIGCHLD);
        sigprocmask(SIG_BLOCK, &chld, NULL);
        raise(SIGCHLD);
        sigsuspend(&none);
        _exit(1);
    }
    const struct timespec moment = {.tv_sec = 0, .tv_nsec = 300000000};
    nanosleep(&moment, NULL);
    kill(child, SIGTERM);
    check("what is ignored ends no sigsuspend", status_of_child() == SIGTERM);
}

static void forged_frames(void) {
    if (fork() == 0) { // as if a handler had returned: kernel segments, IOPL 3, virtual-8086 mode, interrupts off
        static struct { unsigned taken_off[2]; struct sigcontext32 context; unsigned rest[16]; } forged;
        forged.context.cs = 0x08;
        forged.context.ss = forged.context.ds = forged.context.es = 0x10;
        forged.context.gs = 0xFFFF;
        forged.context.eip = 0xC0100000;
        forged.context.esp = 0xBFFFF000;
        forged.context.eflags = 0x00023000;
        __asm__ volatile("mov %0, %%esp; mov $119, %%eax; int $0x80" : : "r"(&forged.context));
        _exit(1);
    }
    const int status = status_of_child();
    check("a forged frame gives no rights", WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    if (fork() == 0) {
        __asm__ volatile("mov $0x100, %%esp; mov $119, %%eax; int $0x80" : : : "memory");
        _exit(1);
    }
    check("one that is not there ends the program", status_of_child() == SIGSEGV);
    if (fork() == 0) {
        __asm__ volatile("mov $0xC0000000, %%esp; mov $173, %%eax; int $0x80" : : : "memory");
        _exit(1);
    }
    check("nor has the kernel one to give", status_of_child() == SIGSEGV);
}

static void ignore_the_end(int number) {
    (void)number;
    signal(SIGTERM, SIG_IGN);
}

/// Two signals wait for a stopped process. SIGTERM would end it, but SIGINT is first, and its handler has the other ignored.
static void an_end_that_waits(void) {
    static char bytes[256 * 1024];
    const pid_t child = fork();
    if (child == 0) {
        handle_with(SIGINT, ignore_the_end, 0, set_of(SIGTERM));
        raise(SIGSTOP);
        const int file = open("signals-file", O_CREAT | O_WRONLY | O_TRUNC, 0600);
        unlink("signals-file");
        _exit(write(file, bytes, sizeof(bytes)) == sizeof(bytes) ? 1 : 2);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    kill(child, SIGINT);
    kill(child, SIGTERM);
    kill(child, SIGCONT);
    check("an end that is called off leaves nothing", status_of_child() == 1 << 8);
}

/// A signal that ends the process comes while pselect has it unblocked, and with it what pselect waits for.
static void an_end_in_pselect(void) {
    pipe(ends);
    const pid_t child = fork();
    if (child == 0) {
        sigset_t mask = set_of(SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        static sigset_t none;
        static unsigned mask_and_size[2];
        mask_and_size[0] = (unsigned)(uintptr_t)&none;
        mask_and_size[1] = sizeof(none);
        unsigned set = 1U << ends[0];
        int result = 308; // pselect6, whose sixth argument is in ebp
        __asm__ volatile("push %%ebp; mov %5, %%ebp; int $0x80; pop %%ebp"
                         : "+a"(result)
                         : "b"(ends[0] + 1), "c"(&set), "d"(NULL), "S"(NULL), "i"(mask_and_size), "D"(NULL)
                         : "memory");
        _exit(result);
    }
    const struct timespec until_it_waits = {.tv_sec = 0, .tv_nsec = 200000000};
    nanosleep(&until_it_waits, NULL);
    kill(child, SIGTERM);
    write(ends[1], "x", 1);
    check("a signal that ends pselect's process counts when it is sent", status_of_child() == SIGTERM);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    default_actions();
    whom_to_kill();
    handlers();
    masks();
    masks_of_handlers();
    infos();
    faults();
    alternate_stacks();
    interrupted_calls();
    suspend();
    broken_pipes();
    stops();
    children_that_are_not_waited_for();
    alarms();
    turns();
    long_writes();
    long_calls();
    an_end_that_waits();
    an_end_in_pselect();
    calls_that_go_on();
    forged_frames();
    return wrong;
}
