// Calls each of chapter 12's calls with arguments that are wrong in every way there is, and compares
// each answer with the one that it must get: as Linux answers, a bad descriptor before a bad address,
// and nothing to copy before both addresses and ends. Ends: exited with status 0 (the number of
// wrong answers)
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "layout.h"

static int checks;
static int wrong;

/// Compares the result of the call made last with `expected`, or with -1 and that errno if `error`
/// is not 0.
static void check(const char* what, long result, long expected, int error) {
    ++checks;
    if (error != 0 ? result != -1 || errno != error : result != expected) {
        ++wrong;
        printf("%s: result %ld, errno %d (%s), and not %ld, %d (%s)\n", what, result, errno,
               strerror(errno), error != 0 ? -1 : expected, error, strerror(error));
    }
    errno = 0;
}

#define must_return(expected, ...) check(#__VA_ARGS__, syscall(__VA_ARGS__), (expected), 0)
#define must_fail(error, ...)      check(#__VA_ARGS__, syscall(__VA_ARGS__), -1, (error))

// Addresses that no program may name, whatever the kernel has there.
static const uintptr_t kernel_addresses[] = {
    KERNEL_BASE, KERNEL_BASE + KERNEL_LOAD, KERNEL_HEAP, KERNEL_STACKS, 0xFFFFF000,
    0xFFFFFFFF,  KERNEL_BASE + 1,
};

int main(void) {
    const char text[] = "text";
    struct utsname name;
    void* const heap_end = sbrk(0);
    const int is_elf = (uintptr_t)main >= ELF_BASE;

    // Descriptors that are not open: EBADF, whatever the address and the length.
    static const int bad_descriptors[] = {3, 99, 1 << 16, 0x7FFFFFFF, -1, (int)0x80000000};
    for (size_t i = 0; i < sizeof bad_descriptors / sizeof bad_descriptors[0]; ++i) {
        const int bad = bad_descriptors[i];
        must_fail(EBADF, SYS_write, bad, text, 4);
        must_fail(EBADF, SYS_write, bad, KERNEL_BASE, 4);
        must_fail(EBADF, SYS_write, bad, KERNEL_BASE, 0);
        must_fail(EBADF, SYS_read, bad, &name, 4);
        must_fail(EBADF, SYS_read, bad, KERNEL_BASE, 0x80000000);
    }

    // The kernel's addresses, and ranges that reach or wrap into it.
    for (size_t i = 0; i < sizeof kernel_addresses / sizeof kernel_addresses[0]; ++i) {
        const uintptr_t address = kernel_addresses[i];
        must_fail(EFAULT, SYS_write, 1, address, 1);
        must_fail(EFAULT, SYS_write, 2, address, 0x7FFFFFFF);
        must_fail(EFAULT, SYS_read, 0, address, 1);
        must_fail(EFAULT, SYS_uname, address);
        must_fail(EFAULT, SYS_times, address);
    }
    must_fail(EFAULT, SYS_write, 1, KERNEL_BASE - 1, 2);        // the last byte is the program's
    must_fail(EFAULT, SYS_write, 1, 0xFFFFFFFF, 2);             // the end wraps to 1
    must_fail(EFAULT, SYS_write, 1, text, 0 - (uintptr_t)text); // ends right after the last byte
    must_fail(EFAULT, SYS_write, 1, text, 4 - (uintptr_t)text); // ends in page 0
    must_fail(EFAULT, SYS_read, 0, KERNEL_BASE - 1, 2);
    must_fail(EFAULT, SYS_uname, KERNEL_BASE - sizeof name + 1); // one byte too far
    must_fail(EFAULT, SYS_uname, 0 - sizeof name + 1);           // wraps by one byte
    must_fail(EFAULT, SYS_times, KERNEL_BASE - sizeof(struct tms) + 1);

    // Addresses below the kernel where nothing is mapped.
    must_fail(EFAULT, SYS_write, 1, 0x80000000, 1);
    must_fail(EFAULT, SYS_uname, 0x80000000);
    must_fail(EFAULT, SYS_times, KERNEL_BASE - USER_STACK_LIMIT - 16); // below the stack, however far it may grow
    if (is_elf) {
        must_fail(EFAULT, SYS_write, 1, NULL, 1);
        must_fail(EFAULT, SYS_uname, NULL);
        must_fail(EFAULT, SYS_uname, main);             // code and constants may be read,
        must_fail(EFAULT, SYS_times, kernel_addresses); // not written
    }

    // Nothing to copy: nothing is looked at, so it need not be there.
    must_return(0, SYS_write, 1, NULL, 0);
    must_return(0, SYS_write, 1, 0x80000000, 0);
    must_return(0, SYS_write, 2, KERNEL_BASE, 0); // the empty range right below the kernel
    must_return(0, SYS_read, 0, NULL, 0);
    must_return(0, SYS_read, 0, KERNEL_BASE, 0);

    // Lengths of 2 GiB and more: a result of that size could not be told from an error, but no
    // program has so much memory that there could be one.
    must_fail(EFAULT, SYS_write, 1, KERNEL_BASE - 1, 0x80000000);
    must_fail(EFAULT, SYS_write, 1, KERNEL_BASE, 0xFFFFFFFF);
    must_fail(EFAULT, SYS_write, 1, 0x40000000,
              0x80000000); // below the kernel as a whole; nothing is mapped there
    must_fail(EFAULT, SYS_write, 1, 1, 0xFFFFFFFF);

    // brk answers with the end of the heap, moved or not.
    static const uintptr_t bad_ends[] = {0,           1,          KERNEL_BASE - 1,
                                         KERNEL_BASE, 0xFFFFFFFF, USER_STACK_BOTTOM + 1};
    for (size_t i = 0; i < sizeof bad_ends / sizeof bad_ends[0]; ++i) {
        must_return((long)heap_end, SYS_brk, bad_ends[i]);
    }

    // A reboot with one wrong number does not reboot.
    must_fail(EINVAL, SYS_reboot, 0, LINUX_REBOOT_MAGIC2, RB_POWER_OFF);
    must_fail(EINVAL, SYS_reboot, LINUX_REBOOT_MAGIC1, 0, RB_POWER_OFF);
    must_fail(EINVAL, SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 0xFFFFFFFF);

    // Numbers that are no call's.
    static const long bad_numbers[] = {0, 17, 511, 512, 0x10000, 0x7FFFFFFF, (long)0x80000000, -1};
    for (size_t i = 0; i < sizeof bad_numbers / sizeof bad_numbers[0]; ++i) {
        must_fail(ENOSYS, bad_numbers[i], 1, text, 4);
    }

    // And good arguments still work.
    must_return(4, SYS_write, 1, text, 4);
    must_return(0, SYS_uname, &name);
    if (syscall(SYS_times, NULL) < 0 || getpid() < 1) {
        ++wrong;
    }
    printf(": %d checks, %d wrong answers\n", checks, wrong);
    return wrong > 255 ? 255 : wrong;
}
