// Keys, for programs that edit a text on the terminal: one at a time, and the arrows and their like as one number (chapter 18).
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { control = 0x1F, escape = 0x1B }; // 'A' & control is what the keyboard sends for ctrl-A
enum { key_up = 256, key_down, key_right, key_left, key_home, key_end, key_delete, key_page_up, key_page_down, key_unknown, key_none };

static struct termios settings_before;

/// Each key counts at once and is not shown, and none is a signal. False if standard input is not a terminal. What is given back
/// later are the settings of the first time: a program may have ended without giving its keys back.
static inline int take_keys(void) {
    static int are_known;
    if (!are_known && tcgetattr(STDIN_FILENO, &settings_before) != 0) {
        return 0;
    }
    are_known = 1;
    struct termios settings = settings_before;
    settings.c_iflag &= ~(unsigned)IXON; // ctrl-S and ctrl-Q, too
    settings.c_lflag &= ~(unsigned)(ICANON | ECHO | ISIG | IEXTEN);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, 0, &settings) == 0;
}

static inline void give_keys_back(void) {
    tcsetattr(STDIN_FILENO, 0, &settings_before);
}

/// The next byte; key_none if there will be no more.
static inline int read_byte(void) {
    unsigned char byte;
    ssize_t count;
    do {
        count = read(STDIN_FILENO, &byte, 1);
    } while (count < 0 && errno == EINTR);
    return count == 1 ? byte : key_none;
}

/// The next key: a byte, or one of those above, which the keyboard sends as ESC [ number ~, ESC [ letter or ESC O letter.
static inline int read_key(void) {
    static const int of_letter[] = {key_up, key_down, key_right, key_left, key_unknown, key_end, key_unknown, key_home};
    static const int of_number[] = {key_unknown, key_home,    key_unknown,   key_delete, key_end,
                                    key_page_up, key_page_down, key_home, key_end};
    const int first = read_byte();
    if (first != escape) {
        return first;
    }
    int byte;
    do {
        byte = read_byte();
    } while (byte == escape); // after an ESC that someone typed, another begins anew
    if (byte != '[' && byte != 'O') {
        return byte == key_none ? key_none : key_unknown;
    }
    unsigned number = 0;
    while ((byte = read_byte()) == ';' || (byte >= '0' && byte <= '9')) {
        number = byte == ';' ? number : number * 10 + (unsigned)byte - '0';
    }
    if (byte == '~') {
        return number < sizeof(of_number) / sizeof(*of_number) ? of_number[number] : key_unknown;
    }
    return byte >= 'A' && byte <= 'H' ? of_letter[byte - 'A'] : byte == key_none ? key_none : key_unknown;
}

/// How many columns and rows the terminal has: 80 and 25 if it does not say.
static inline struct winsize terminal_size(void) {
    struct winsize size;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 8 || size.ws_row < 3) {
        size = (struct winsize){.ws_row = 25, .ws_col = 80};
    }
    return size;
}
