"""QMP, without a QEMU: what is asked, and what is made of the answers."""

import json
import socket
import threading

import pytest

from machine import MachineError
from machine.qmp import Client, Protocol


def test_answers_and_events_come_in_pieces_and_in_any_order():
    events = []
    protocol = Protocol(events.append)
    first, sent = protocol.request("stop", {})
    second, _ = protocol.request("pmemsave", {"val": 0})
    assert json.loads(sent) == {"execute": "stop", "arguments": {}, "id": first}
    protocol.take(b'{"QMP": {"version": {}}}\r\n{"event": "STOP"}\r\n{"error": {"desc": "no"}, "id": %d}\r\n{"retu' % second)
    assert events == [{"event": "STOP"}] and first not in protocol.answers
    protocol.take(b'rn": {"a": 1}, "id": %d}\r\n' % first)
    assert protocol.answer(first, "stop") == {"a": 1}
    with pytest.raises(MachineError, match="QEMU: pmemsave: no"):
        protocol.answer(second, "pmemsave")


def test_a_client_waits_for_its_answer_and_notices_that_qemu_has_left():
    ours, theirs = socket.socketpair()

    def qemu():
        with theirs, theirs.makefile() as requests:
            theirs.sendall(b'{"QMP": {}}\r\n')
            for line in requests:
                request = json.loads(line)
                if request["execute"] == "quit":
                    return
                theirs.sendall(b'{"event": "RESUME"}\r\n{"return": {"status": "running"}, "id": %d}\r\n' % request["id"])

    thread = threading.Thread(target=qemu)
    thread.start()
    with Client(ours) as client:
        assert client.status() == "running"
        with pytest.raises(MachineError, match="QEMU has left|reset"):
            client.qmp("quit")
    thread.join()
