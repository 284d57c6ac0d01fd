// Tells how much memory there is, in KiB. Ends: exited with status 0
#include "tool.h"

#include <sys/sysinfo.h>

int main(int argc, char** argv) {
    options(&argc, &argv, "", "");
    struct sysinfo told;
    if (sysinfo(&told) != 0) {
        give_up("sysinfo");
    }
    const unsigned long total = told.totalram / 1024 * told.mem_unit + told.totalram % 1024 * told.mem_unit / 1024;
    const unsigned long free = told.freeram / 1024 * told.mem_unit + told.freeram % 1024 * told.mem_unit / 1024;
    print("%10s %10s %10s\n%10lu %10lu %10lu\n", "total", "used", "free", total, total - free, free);
    return 0;
}
