// The machine of a page: Bochs, in a worker of its own, so that the page never waits for it.
//
// Comes in: { start: chapter, base: URL of the site's folder machine/, variant }, then
//     { line: text }           what is typed at the debugger's prompt
//     { pause: true }          the machine is to stand
//     { key: code, released }  of a KeyboardEvent
//     { walk: address }        what the page tables say of it
//     { seen: true }           what went out of console, serial and screen has been drawn
// Goes out: { console: text, serial: text, screen: { columns, rows, x, y, cells } }, of these what is new; no more until it is seen
//     { state: "prompt", registers, tables } or "running", "idle" (it waits for an interrupt)
//     { state: "ended", log: text, panic: what Bochs gave up for, or "" }
//     { walked: lines }, { failed: sentence }
//     { end: "power-off", "triple-fault", "halted" or "reset" }
//     with an end and at the prompt: { exceptions: [{ vector, error, cr2, level }, ...] }
// variant: the name of a mistake or a prediction (see variants.py), which is booted instead of the chapter's own machine.
"use strict";

importScripts("decode.js", "delta.js");

const REGISTERS = ("eax ecx edx ebx esp ebp esi edi eip eflags cs ss ds es fs gs cr0 cr2 cr3 cr4 " +
    "gdt_base gdt_limit idt_base idt_limit tr tr_base tr_limit cs_base ss_base").split(" ");
const MEMORY = 32; // MiB
const CONFIGURATION = `
memory: guest=${MEMORY}, host=${MEMORY}
romimage: file=/bios, options=fastboot
vgaromimage: file=/vgabios
ata0-master: type=cdrom, path=/chapter.iso, status=inserted
boot: cdrom
display_library: nogui
cpu: reset_on_triple_fault=0, ips=4000000
vga: extension=vbe, update_freq=20, realtime=0
clock: sync=none, time0=0
com1: enabled=1, mode=file, dev=/dev/serial
speaker: enabled=0
log: /dev/log
debug: action=ignore
info: action=report
panic: action=fatal, cpu0=report
`;

let waitingForLine = null; // who gets the next line, when Bochs is at its prompt
const lines = [];          // typed before that
const keys = [];           // pressed and released: one in each slice, for the keyboard remembers few
let shown = -1;            // the state of the screen that the page has
let unseen = false;        // the page is still drawing what was sent
let waiting = "";          // output that has not been sent
let serial = "";
let complaints = "";       // of Bochs, before it has its log
let log = "";              // of Bochs
let logged = 0;            // of it has been read
let resets = 0;
let state = "";            // "running" or "idle": what the page was told last
let alike = 0;             // so many slices were of the other kind, one after the other
let nameOf = null;         // what lies at an address of the kernel
let call = null;           // Bochs' functions for us

// A file of the site, unpacked. Hosts that know .gz send it unpacked already.
async function file(base, name) {
    const answer = await fetch(base + name + ".gz");
    if (!answer.ok) throw new Error(`${name}: the host says ${answer.status}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

// What the log says at each end of a machine; iso/machine/bochs.py has the same words.
function endIn(line) {
    if (/soft power off|Shutdown port: shutdown requested/.test(line)) return "power-off";
    if (/3rd \(\d+\) exception with no resolution/.test(line)) return "triple-fault";
    if (line.includes("HLT instruction with IF=0")) return "halted";
    if (line.includes("bx_pc_system_c::Reset(") && ++resets > 1) return "reset"; // the first is power-on
    return null;
}

function readLog() {
    const lines = log.slice(logged).split("\n");
    const rest = lines.pop();
    logged = log.length - rest.length;
    for (const line of lines) {
        const end = endIn(line);
        if (end) postMessage({ end, exceptions: exceptions() });
    }
}

// The first exceptions that the processor has raised since there is paging.
function exceptions() {
    const at = call.exceptions() >> 2;
    const [count] = Module.HEAPU32.subarray(at, at + 1);
    return Array.from({ length: count }, (_, number) => {
        const [vector, error, cr2, level] = Module.HEAPU32.subarray(at + 1 + 4 * number, at + 5 + 4 * number);
        return { vector, error, cr2, level };
    });
}

// The end of Bochs' log, and before it what Bochs gave up for: a dump of the registers follows that.
const PANIC = />>PANIC<< (.*)/;
function lastOf(log) {
    const lines = log.trimEnd().split("\n");
    return lines.filter((line, number) => number >= lines.length - 6 || PANIC.test(line)).join("\n");
}

// Emscripten's bytes have a sign.
const character = (byte) => String.fromCharCode(byte & 255);

// The ISO and the kernel's symbols: a chapter's, or what a variant makes of those that all variants are made from.
function medium(chapter, base, variant) {
    if (!variant) return [file(base, `${chapter}.iso`), file(base, `${chapter}.sym`)];
    return ["iso", "sym"].map(async (kind) => patched(...await Promise.all([file(base, `variants/base.${kind}`), file(base, `variants/${variant}.${kind}`)])));
}

function flush() {
    const news = {};
    if (waiting) news.console = waiting;
    if (serial) news.serial = serial;
    waiting = serial = "";
    const at = call.screen() >> 2;
    const [columns, rows, x, y, changes] = Module.HEAPU32.subarray(at, at + 5);
    if (changes !== shown) {
        shown = changes;
        const begin = (at + 5) << 2;
        news.screen = { columns, rows, x, y, cells: Module.HEAPU8.slice(begin, begin + columns * rows * 2) };
    }
    if (Object.keys(news).length) {
        unseen = true;
        postMessage(news);
    }
    readLog();
}

// Between two slices of a machine that runs, the second after so many milliseconds: what is new goes out, a key comes in. A page
// that can't keep up (trace on) gets the end of each burst, and time for its buttons.
const BURST = 20000; // characters
const ALIKE = 5;     // slices that make a machine idle, or busy again
function giveWay(milliseconds) {
    if (waiting.length > BURST) waiting = "[...]" + waiting.slice(-BURST);
    if (!unseen) flush();
    const key = keys.shift();
    if (key) call.key(key.key, key.released ? 1 : 0);
    const now = milliseconds >= 1 ? "idle" : "running";
    alike = now === state ? 0 : alike + 1;
    if (alike === ALIKE) tell(now);
}

function tell(now) {
    state = now;
    alike = 0;
    postMessage({ state });
}

function registers() {
    const at = call.registers() >> 2;
    return Object.fromEntries(REGISTERS.map((name, number) => [name, Module.HEAPU32[at + number]]));
}

// Physical memory, as decode.js reads it.
function read(address, length) {
    const buffer = Module._malloc(length);
    const there = call.read(address, length, buffer);
    const bytes = Module.HEAPU8.slice(buffer, buffer + length);
    Module._free(buffer);
    return there ? bytes : null;
}
read.size = MEMORY << 20;

async function start(chapter, base, variant) {
    const names = ["bochs.wasm", "bios", "vgabios"];
    const [wasmBinary, bios, vgabios, iso, symbols] = await Promise.all([...names.map((name) => file(base, name)), ...medium(chapter, base, variant)]);
    const text = new TextDecoder().decode(symbols);
    nameOf = decode.namesOf(text);
    self.Module = {
        noInitialRun: true,
        wasmBinary,
        print: () => {},
        preRun: [() => {
            const { FS } = Module;
            for (const [name, bytes] of Object.entries({ bios, vgabios, "chapter.iso": iso, "kernel.sym": text.replace(/^(\S+ \S+) .*/gm, "$1") })) FS.writeFile("/" + name, bytes);
            FS.writeFile("/bochsrc", CONFIGURATION);
            FS.writeFile("/commands", 'ldsym global "/kernel.sym"\n');
            FS.createDevice("/dev", "serial", null, (byte) => { serial += character(byte); });
            FS.createDevice("/dev", "log", null, (byte) => { log += character(byte); });
            FS.init(() => null, (byte) => { waiting += character(byte); }, (byte) => { complaints += character(byte); });
        }],
        // Bochs lets go: the page's messages come in.
        giveWay(milliseconds) {
            giveWay(milliseconds);
            return new Promise((goOn) => setTimeout(goOn, milliseconds));
        },
        nextLine() {
            flush();
            if (lines.length) return Promise.resolve(lines.shift());
            const now = registers();
            postMessage({ state: "prompt", registers: now, tables: decode.tables(now, read, nameOf), ticks: call.ticks(), exceptions: exceptions() });
            return new Promise((line) => { waitingForLine = line; });
        },
        onExit() {
            flush();
            postMessage({ state: "ended", log: lastOf(log || complaints), panic: PANIC.exec(log)?.[1] ?? "" });
        },
        onAbort(reason) { postMessage({ failed: `Bochs has come to an end by a mistake of its own: ${reason}` }); },
    };
    await new Promise((ready) => {
        Module.onRuntimeInitialized = ready;
        importScripts("bochs.js");
    });
    call = {
        screen: Module.cwrap("page_screen", "number", []),
        registers: Module.cwrap("page_registers", "number", []),
        read: Module.cwrap("page_read_physical", "number", ["number", "number", "number"]),
        key: Module.cwrap("page_key", null, ["string", "number"]),
        pause: Module.cwrap("page_pause", null, []),
        ticks: Module.cwrap("page_ticks", "number", []),
        exceptions: Module.cwrap("page_exceptions", "number", []),
    };
    Module.callMain(["-q", "-debugger", "-f", "/bochsrc", "-rc", "/commands"]);
}

onunhandledrejection = ({ reason }) => postMessage({ failed: `The machine has come to an end by a mistake of its own: ${reason?.message ?? reason}` });

onmessage = ({ data }) => {
    if ("start" in data) {
        start(data.start, data.base, data.variant).catch((error) => postMessage({ failed: `The machine did not come: ${error.message}. The text needs none.` }));
    } else if ("line" in data) {
        tell("running");
        if (waitingForLine) {
            const answer = waitingForLine;
            waitingForLine = null;
            answer(data.line);
        } else {
            lines.push(data.line);
        }
    } else if ("seen" in data) {
        unseen = false;
    } else if (!call) {
        return;
    } else if ("pause" in data) {
        call.pause();
    } else if ("key" in data) {
        keys.push(data);
    } else if ("walk" in data) {
        postMessage({ walked: decode.walk(registers(), read, data.walk) });
    }
};
