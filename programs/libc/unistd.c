// errno, and the system calls whose C function is not the bare call: brk, sbrk, mmap, reboot (chapter 13).
#include <errno.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

int errno;

// The bare calls, in system_calls.asm.
uintptr_t system_call_brk(uintptr_t end);
void* system_call_mmap(const struct mmap_arguments* arguments);
int system_call_reboot(unsigned magic1, unsigned magic2, unsigned command, void* argument);

// As in Linux, the call itself does not say -ENOMEM: it returns where the heap ends now, which is
// not where it was asked to end.
int brk(void* end) {
    if (system_call_brk((uintptr_t)end) != (uintptr_t)end) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

void* sbrk(intptr_t increment) {
    const uintptr_t old_end = system_call_brk(0);
    const uintptr_t new_end = old_end + (uintptr_t)increment;
    const int wrapped = increment < 0 ? new_end > old_end : new_end < old_end;
    if (wrapped || brk((void*)new_end) != 0) {
        errno = ENOMEM;
        return (void*)-1;
    }
    return (void*)old_end;
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor, int offset) {
    const struct mmap_arguments arguments = {
        (unsigned)(uintptr_t)address, size, (unsigned)protection, (unsigned)flags, descriptor, (unsigned)offset};
    return system_call_mmap(&arguments);
}

int reboot(unsigned command) {
    return system_call_reboot(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, command, NULL);
}
