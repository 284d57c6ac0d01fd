// Tells what system this is; -a: all that the kernel says of itself. Ends: exited with status 0
#include "tool.h"

#include <sys/utsname.h>

int main(int argc, char** argv) {
    const unsigned flags = options(&argc, &argv, "a", "[-a]");
    struct utsname name;
    if (uname(&name) != 0) {
        complain("uname");
    } else if (flags == 0) {
        print("%s\n", name.sysname);
    } else {
        print("%s %s %s %s %s\n", name.sysname, name.nodename, name.release, name.version, name.machine);
    }
    return tool_status;
}
