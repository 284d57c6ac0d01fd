"""A small client of RFB (RFC 6143), the protocol of VNC: keys to Bochs' display, and its picture from there."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Tuple

LIMIT = 60  # seconds to wait for an answer of a busy machine


def text_colour(pixel: int) -> bytes:
    """Red, green and blue of a pixel in text mode. Bochs announces BGR233 and sends RRRGGGBB. The VGA's sixteen colours
    have four levels of each, 0 to 3 times 0x55: the two upper bits tell them apart, and the exact colour comes back."""
    return bytes(0x55 * (pixel >> shift & 3) for shift in (6, 3, 0))


class RfbClient:
    """A viewer that takes what the display sends, all the time: Bochs stands still when its viewer does not read."""

    def __init__(self, port: int):
        """Connects to a display on this machine that asks for no password."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        version = self._receive(12)
        self._socket.sendall(b"RFB 003.003\n")
        (security,) = struct.unpack(">I", self._receive(4))
        if not version.startswith(b"RFB 003") or security != 1:  # RFC 6143, 7.1.2
            raise ConnectionError(f"no display that speaks RFB 3 without a password: {version!r}, {security}")
        self._socket.sendall(b"\x01")  # ClientInit: others may look on too
        self._width, self._height, self._format, length = struct.unpack(">HH16sI", self._receive(24))
        self._receive(length)  # the desktop's name
        self._socket.sendall(struct.pack(">BxHi", 2, 1, 0))  # SetEncodings: only raw (0)
        self._socket.settimeout(None)
        self._frame = bytearray(self._width * self._height)  # one byte a pixel
        self._covered = 0  # pixels that have come since the last request
        self._left = False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True, name="RFB reader").start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the reader
        self._socket.close()

    def key(self, keysym: int, down: bool) -> None:
        self._socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def ask(self) -> None:
        """Asks for the whole picture. Bochs takes this in one thread and draws in another without regard to it, and may
        forget what is asked while it draws: ask a machine that stands."""
        with self._changed:
            self._covered = 0
        self._socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self._width, self._height))

    def has_come(self, seconds: float) -> bool:
        """Waits for what was asked for; false if it did not come in that time."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or self._covered >= len(self._frame), seconds)
            if self._left:
                raise ConnectionError("the display has left")
            return self._covered >= len(self._frame)

    def picture(self) -> Tuple[int, int, bytes]:
        """Width, height and three bytes a pixel (red, green, blue) of the whole display, as it came last."""
        if self._format[0] != 8:
            raise ConnectionError(f"the display sends {self._format[0]} bits a pixel, only 8 are understood")
        with self._changed:
            frame = bytes(self._frame)
        colours = [text_colour(pixel) for pixel in range(256)]
        return self._width, self._height, b"".join(colours[p] for p in frame)

    def _read(self) -> None:
        try:
            while True:
                (kind,) = self._receive(1)
                if kind != 0:
                    raise ConnectionError(f"an unknown message of the display: {kind}")
                (rectangles,) = struct.unpack(">xH", self._receive(3))
                for _ in range(rectangles):
                    self._take_rectangle()
        except OSError:  # ConnectionError is one
            with self._changed:
                self._left = True
                self._changed.notify_all()

    def _take_rectangle(self) -> None:
        x, y, width, height, encoding = struct.unpack(">HHHHi", self._receive(12))
        if encoding != 0:
            raise ConnectionError(f"an encoding that was not asked for: {encoding}")
        pixels = self._receive(width * height)
        with self._changed:
            for line in range(height):
                at = (y + line) * self._width + x
                self._frame[at : at + width] = pixels[line * width : (line + 1) * width]
            self._covered += width * height  # a frame may come in several rectangles and updates
            self._changed.notify_all()

    def _receive(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the display has left")
            data += piece
        return bytes(data)
