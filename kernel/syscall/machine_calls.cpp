// System calls about the machine: uname, reboot (chapter 12).
#include "drivers/power.hpp"
#include "memory/user_memory.hpp"
#include "syscall/system_call.hpp"

#include "abi/system.h"

namespace kernel::system_call::calls {

/// uname(buffer): names of the system and the machine.
Result<std::uint32_t> uname(interrupts::Frame& frame) {
    constexpr utsname names{.sysname = "Trapgate",
                            .nodename = "trapgate",
                            .release = "0.1",
                            .version = "1",
                            .machine = "i386",
                            .domainname = ""};
    if (const Result<void> copied = copy_to_user(UserPointer<utsname>(frame.ebx), names); !copied) {
        return std::unexpected(copied.error());
    }
    return 0U;
}

/// reboot(magic1, magic2, command): powers the machine off, if both magic numbers are right.
Result<std::uint32_t> reboot(interrupts::Frame& frame) {
    if (frame.ebx != LINUX_REBOOT_MAGIC1 || frame.ecx != LINUX_REBOOT_MAGIC2 ||
        frame.edx != LINUX_REBOOT_CMD_POWER_OFF) {
        return std::unexpected(Error::InvalidArgument);
    }
    power::off(0);
}

} // namespace kernel::system_call::calls
