/* The terminal: its settings, and the requests of ioctl(2), laid out as Linux for i386 lays them out (chapter 18). Shared by
   the kernel and the programs. */
#pragma once

/* c_iflag: what typed characters become */
#define IGNCR 0000200
#define ICRNL 0000400
#define INLCR 0000100
#define IXON  0002000

/* c_oflag */
#define OPOST 0000001
#define ONLCR 0000004

/* c_cflag: of the serial line; kept only */
#define B38400 0000017
#define CS8    0000060
#define CREAD  0000200

/* c_lflag: line editing, echo, signals */
#define ISIG    0000001
#define ICANON  0000002
#define ECHO    0000010
#define ECHOE   0000020
#define ECHOK   0000040
#define ECHONL  0000100
#define NOFLSH  0000200
#define TOSTOP  0000400
#define ECHOCTL 0001000
#define ECHOKE  0004000
#define IEXTEN  0100000

/* c_cc: which character does what; 0: none does */
#define VINTR    0
#define VQUIT    1
#define VERASE   2
#define VKILL    3
#define VEOF     4
#define VTIME    5
#define VMIN     6
#define VSTART   8
#define VSTOP    9
#define VSUSP    10
#define VEOL     11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE  14
#define VLNEXT   15
#define VEOL2    16
#define NCCS     19

struct termios {
    unsigned int c_iflag;
    unsigned int c_oflag;
    unsigned int c_cflag;
    unsigned int c_lflag;
    unsigned char c_line;
    unsigned char c_cc[NCCS];
};

struct winsize {
    unsigned short ws_row;
    unsigned short ws_col;
    unsigned short ws_xpixel;
    unsigned short ws_ypixel;
};

#define TCGETS     0x5401
#define TCSETS     0x5402 /* at once */
#define TCSETSW    0x5403 /* after what was written */
#define TCSETSF    0x5404 /* and what was typed before is lost */
#define TCSBRK     0x5409
#define TCXONC     0x540A
#define TCFLSH     0x540B
#define TCOFLUSH   1 /* what TCFLSH throws away: output; 0 is input, 2 both */
#define TCIOFLUSH  2
#define TIOCSCTTY  0x540E
#define TIOCGPGRP  0x540F
#define TIOCSPGRP  0x5410
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541B
#define TIOCGSID   0x5429
