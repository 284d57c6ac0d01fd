"""A small client of RFB (RFC 6143), the protocol of VNC: keys to Bochs' display, and its picture from there."""

from __future__ import annotations

import socket
import struct
import time
from typing import Tuple

LIMIT = 60  # seconds to wait for an answer of a busy machine


class RfbClient:
    def __init__(self, port: int):
        """Connects to a display on this machine that asks for no password."""
        deadline = time.monotonic() + LIMIT
        while not self._is_accepted(port):  # it may not have noticed yet that the viewer before has gone
            self._socket.close()
            if time.monotonic() > deadline:
                raise ConnectionError("the display does not accept a viewer")
            time.sleep(0.1)
        self._socket.sendall(b"\x01")  # ClientInit: others may look on too
        self._width, self._height, self._format, length = struct.unpack(">HH16sI", self._receive(24))
        self._receive(length)  # the desktop's name
        self._socket.sendall(struct.pack(">BxHi", 2, 1, 0))  # SetEncodings: only raw (0)

    def _is_accepted(self, port: int) -> bool:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        version = self._receive(12)
        self._socket.sendall(b"RFB 003.003\n")
        (security,) = struct.unpack(">I", self._receive(4))
        if not version.startswith(b"RFB 003") or security > 1:
            raise ConnectionError(f"no display that speaks RFB 3 without a password: {version!r}, {security}")
        return security == 1  # 0: refused (RFC 6143, 7.1.2)

    def close(self) -> None:
        self._socket.close()

    def key(self, keysym: int, down: bool) -> None:
        self._socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def picture(self) -> Tuple[int, int, bytes]:
        """Width, height and three bytes a pixel (red, green, blue) of the whole display now."""
        self._socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self._width, self._height))
        bits, _, _, _, red_max, green_max, blue_max, red, green, blue = struct.unpack(">BBBBHHHBBBxxx", self._format)
        if bits != 8:
            raise ConnectionError(f"the display sends {bits} bits a pixel, only 8 are understood")
        channels = ((red, red_max), (green, green_max), (blue, blue_max))
        colours = [bytes((p >> shift & top) * 255 // top for shift, top in channels) for p in range(256)]
        frame = bytearray(3 * self._width * self._height)
        covered = 0
        while covered < self._width * self._height:  # a frame may come in several rectangles and updates
            (kind,) = self._receive(1)
            if kind != 0:
                raise ConnectionError(f"an unknown message of the display: {kind}")
            (rectangles,) = struct.unpack(">xH", self._receive(3))
            for _ in range(rectangles):
                x, y, width, height, encoding = struct.unpack(">HHHHi", self._receive(12))
                if encoding != 0:
                    raise ConnectionError(f"an encoding that was not asked for: {encoding}")
                pixels = self._receive(width * height)
                covered += width * height
                for line in range(height):
                    at = 3 * ((y + line) * self._width + x)
                    row = pixels[line * width : (line + 1) * width]
                    frame[at : at + 3 * width] = b"".join(colours[p] for p in row)
        return self._width, self._height, bytes(frame)

    def _receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the display has left")
            data += piece
        return data
