// System calls about the machine: uname, reboot (chapter 12).
#include "drivers/power.hpp"
#include "memory/user_memory.hpp"
#include "syscall/system_call.hpp"

namespace kernel::system_call::calls {

/// Names of the system and the machine.
Result<std::uint32_t> uname(UserPointer<utsname> names) {
    static constexpr utsname ours{.sysname = "Trapgate", // static: else it would be made on the stack at each call
                                  .nodename = "trapgate",
                                  .release = "0.1",
                                  .version = "1",
                                  .machine = "i386",
                                  .domainname = ""};
    TRY(copy_to_user(names, ours));
    return 0U;
}

/// Powers the machine off, if both magic numbers are right.
Result<std::uint32_t> reboot(unsigned magic1, unsigned magic2, unsigned command) {
    if (magic1 != LINUX_REBOOT_MAGIC1 || magic2 != LINUX_REBOOT_MAGIC2 || command != LINUX_REBOOT_CMD_POWER_OFF) {
        return std::unexpected(Error::InvalidArgument);
    }
    power::off(0);
}

} // namespace kernel::system_call::calls
