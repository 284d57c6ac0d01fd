"""The worker of the pages' machines, docs/site/machine/worker.js, without its machine."""

import json
import subprocess

from browsing import ROOT

PLAYED = """
const fs = require("fs"), vm = require("vm"), sent = [];
const here = vm.createContext({ importScripts() {}, postMessage: (message) => sent.push(message) });
vm.runInContext(fs.readFileSync(process.argv[1], "utf8"), here);
const found = vm.runInContext(process.argv[2], here);
console.log(JSON.stringify([found, sent]));
"""


def played(script):
    """What a script finds in the worker, and what the worker has sent."""
    command = ["node", "-e", PLAYED, ROOT / "docs/site/machine/worker.js", script]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout)


def test_bytes_have_no_sign():
    assert played("[65, -1, -128, 255].map(character).join('')")[0] == "A\xff\x80\xff"


def test_a_mistake_of_its_own_is_told():
    _, sent = played("onunhandledrejection({ reason: new Error('unreachable') })")
    assert sent == [{"failed": "The machine has come to an end by a mistake of its own: unreachable"}]


def test_what_bochs_gave_up_for_is_shown_before_the_end_of_its_log():
    """A dump of the registers comes between the two."""
    log = ["00000000000i[      ] Bochs", "1e[PIC   ] >>PANIC<< master: no line", *(f"dump {number}" for number in range(20))]
    assert played(f"lastOf({json.dumps(chr(10).join([*log, '']))})")[0].split("\n") == [log[1], *log[-6:]]


# In the place of the machine: what its screen shows never changes.
NO_MACHINE = "call = { screen: () => 0 }; Module = { HEAPU32: new Uint32Array(5) }; shown = 0;"


def test_a_page_that_is_still_drawing_gets_no_more_and_then_the_end_of_a_burst():
    _, sent = played(NO_MACHINE + """
        waiting = "first"; giveWay(0);
        for (let number = 0; number < 10; number++) { waiting += "x".repeat(9999) + number; giveWay(0); }
        onmessage({ data: { seen: true } });
        giveWay(0)""")
    first, last = (one["console"] for one in sent if "console" in one)
    assert first == "first" and last == "[...]" + ("x" * 9999 + "8" + "x" * 9999 + "9")


def test_what_is_said_at_the_prompt_is_all_sent():
    assert played(NO_MACHINE + "unseen = true; waiting = 'x'.repeat(50000); flush()")[1] == [{"console": "x" * 50000}]


def test_a_machine_that_no_longer_waits_is_told_to_run():
    """As many slices decide as before it was told to wait: a tick of the timer is no work."""
    script = NO_MACHINE + "onmessage({ data: { line: 'c' } }); for (const kind of '%s') giveWay(kind === 'i' ? 20 : 0)"
    states = {slices: [one["state"] for one in played(script % slices)[1]] for slices in ("bbbbbbb", "iiiiibiiiii", "iiiiibbbbbbb", "iiiiibbbbbiiiii")}
    assert list(states.values()) == [["running"], ["running", "idle"], ["running", "idle", "running"], ["running", "idle", "running", "idle"]]
