// The terminal: functions that are requests of ioctl (chapter 18).
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

int tcgetattr(int descriptor, struct termios* settings) {
    return ioctl(descriptor, TCGETS, settings);
}

int tcsetattr(int descriptor, int when, const struct termios* settings) {
    if (when < TCSANOW || when > TCSAFLUSH) { // its number would be that of another request
        errno = EINVAL;
        return -1;
    }
    return ioctl(descriptor, TCSETS + (unsigned)when, settings);
}

pid_t tcgetpgrp(int descriptor) {
    pid_t group;
    return ioctl(descriptor, TIOCGPGRP, &group) == 0 ? group : -1;
}

int tcsetpgrp(int descriptor, pid_t group) {
    return ioctl(descriptor, TIOCSPGRP, &group);
}

int isatty(int descriptor) {
    struct termios settings;
    return tcgetattr(descriptor, &settings) == 0;
}
