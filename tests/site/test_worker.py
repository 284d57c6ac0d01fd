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
