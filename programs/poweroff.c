// Switches the machine off. In time not every process may do that; process 1 always may.
// Ends: the machine is off
#include <stdio.h>
#include <sys/reboot.h>

int main(void) {
    reboot(RB_POWER_OFF);
    perror("poweroff");
    return 1;
}
