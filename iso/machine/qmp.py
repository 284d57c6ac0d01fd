"""QMP, QEMU's channel for programs: JSON, one object a line."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Callable, Dict, Tuple

from .diagnosis.events import registers_in
from .endings import MachineError

ANSWER_LIMIT = 10  # seconds that QEMU may take


class Protocol:
    """What is written and read, without a connection. on_event: called with each event."""

    def __init__(self, on_event: Callable[[dict], None] = lambda event: None):
        self.on_event = on_event
        self.answers: Dict[int, dict] = {}  # by the number of the request
        self._requests = 0
        self._line = b""  # the beginning of one

    def request(self, command: str, arguments: dict) -> Tuple[int, bytes]:
        """The number that the answer will have, and what to send."""
        self._requests += 1
        request = {"execute": command, "arguments": arguments, "id": self._requests}
        return self._requests, json.dumps(request).encode() + b"\n"

    def take(self, data: bytes) -> None:
        """Reads what has arrived."""
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "return" in message or "error" in message:
                self.answers[message["id"]] = message
            elif "event" in message:
                self.on_event(message)

    def answer(self, number: int, command: str):
        """The answer that has come; MachineError if QEMU refused."""
        answer = self.answers.pop(number)
        if "error" in answer:
            raise MachineError(f"QEMU: {command}: {answer['error']['desc']}")
        return answer["return"]


class Questions:
    """What is asked over QMP, in whatever way `qmp` does that. `_folder` is one that QEMU may write to."""

    _folder: Path

    def qmp(self, command: str, **arguments):
        """The answer to a QMP command; MachineError if QEMU refuses it."""
        raise NotImplementedError

    def monitor(self, command: str) -> str:
        return self.qmp("human-monitor-command", **{"command-line": command}).replace("\r", "")

    def registers(self) -> SimpleNamespace:
        return registers_in(self.monitor("info registers"))

    def read_physical(self, address: int, size: int) -> bytes:
        return self.saved("pmemsave", val=address, size=size)

    def read_virtual(self, address: int, size: int) -> bytes:
        return self.saved("memsave", val=address, size=size)

    def saved(self, command: str, **arguments) -> bytes:
        """What a command writes to a file. No module has that file's name: links to those are in the same folder."""
        file = self._folder / f"saved-{secrets.token_hex(8)}"  # QEMU makes it, which may run as another user
        self.qmp(command, filename=str(file), **arguments)
        saved = file.read_bytes()
        file.unlink()
        return saved


class Client(Questions):
    """Of a QEMU that is no Machine, over a connected socket."""

    def __init__(self, connection: socket.socket):
        self._cleanup = contextlib.ExitStack()
        self._connection = self._cleanup.enter_context(connection)
        self._folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="trapgate-")))
        self._protocol = Protocol()
        self.qmp("qmp_capabilities")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._cleanup.close()

    def qmp(self, command: str, **arguments):
        number, request = self._protocol.request(command, arguments)
        try:
            self._connection.sendall(request)
            while number not in self._protocol.answers:
                data = self._connection.recv(1 << 16)
                if not data:
                    raise MachineError(f"QEMU: {command}: QEMU has left")
                self._protocol.take(data)
        except OSError as error:
            raise MachineError(f"QEMU: {command}: {error}") from error
        return self._protocol.answer(number, command)

    def status(self) -> str:
        return self.qmp("query-status")["status"]


def connect(path: str) -> Client:
    """To a QEMU that listens at this socket."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_LIMIT)
    connection.connect(path)
    return Client(connection)
