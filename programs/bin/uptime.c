// Tells how long the system has been running, and how many processes there are. Ends: exited with status 0
#include "tool.h"

#include <sys/sysinfo.h>

int main(int argc, char** argv) {
    options(&argc, &argv, "", "");
    struct sysinfo told;
    if (sysinfo(&told) != 0) {
        give_up("sysinfo");
    }
    print("up %ld:%02ld:%02ld, %u processes\n", told.uptime / 3600, told.uptime / 60 % 60, told.uptime % 60,
          told.procs);
    return 0;
}
