// A chapter's machine on its page: <section class="machine" data-chapter="11" data-base="../machine/">.
// What is on the page beside it: the screen, the serial log, the debugger's prompt, and what the processor sees.
// A button of the text with data-variant="iret-rpl-0" boots that mistake in it instead, and what it died of is told below the screen.
// Nothing is fetched before the reader asks for the machine; leaving the page ends it.
"use strict";

(() => {
    const COLOURS = ["#000", "#00a", "#0a0", "#0aa", "#a00", "#a0a", "#a50", "#aaa", "#555", "#55f", "#5f5", "#5ff", "#f55", "#f5f", "#ff5", "#fff"];
    // Code page 437, for the cells of the screen.
    const UPPER = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";
    // The keys that the machine's keyboard has (page_gui.cpp knows them by these names). Others are the browser's, and so is Tab, which leaves the screen.
    const KEYS = new RegExp("^(Key[A-Z]|Digit\\d|F([1-9]|1[0-2])|Numpad(\\d|Decimal|Enter|Add|Subtract|Multiply|Divide)|NumLock|CapsLock|(Shift|Control|Alt)(Left|Right)|Enter|Space|Backspace"
        + "|Escape|Minus|Equal|Bracket(Left|Right)|(Intl)?Backslash|Semicolon|Quote|Backquote|Comma|Period|Slash|Arrow(Up|Down|Left|Right)|Home|End|Page(Up|Down)|Insert|Delete)$");
    const PROMPT = /^<bochs:\d+> ?(.*)$/;
    const INTERRUPTION = "^C";
    const PANIC = "KERNEL PANIC";
    const STARTED = /process 1 \(.*\): started/;
    const SHELL = /\n[$>] $/; // its prompt
    const COUNTS = /process \d+ \(counter\): started/; // the last program of a prediction: it never ends
    const QUIET_MS = 6000; // a mistake's machine that has said nothing for so long while it ran says no more
    const SILENT_MS = 60000; // nor one that has said nothing at all, for so long: a slow computer takes its time to boot
    const LAST_WORDS_MS = 300; // after its end the rest of its report may be on its way
    const ENDINGS = { "triple-fault": "a triple fault", "power-off": "it switched itself off", halted: "it halted with interrupts off", reset: "it was reset", panic: "the kernel panicked", quiet: "it went on, and said no more", goal: "its programs ran", emulator: "Bochs itself came to an end" };
    // Where the text explains what a table shows.
    const PARAGRAPHS = {
        Registers: "01-first-boot/index.html#the-specification",
        "CR0, CR4 and EFLAGS": "08-paging/index.html#the-specification",
        GDT: "04-segmentation/index.html#a-descriptor",
        IDT: "05-interrupts/index.html#a-gate",
        TSS: "11-user-mode/index.html#the-task-state-segment",
        Stack: "05-interrupts/index.html#what-is-on-the-stack",
        "Address space": "08-paging/index.html#who-may-do-what",
        "Page walk": "08-paging/index.html#one-translation-by-hand",
    };
    const hex = (value, digits = 8) => "0x" + value.toString(16).padStart(digits, "0");

    function element(tag, attributes = {}, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) {
            if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
            else made.setAttribute(name, value);
        }
        made.append(...children);
        return made;
    }

    const marked = (mark, text) => text.replace(/^(?=.)/gm, mark).replace(/\n?$/, text ? "\n" : "");

    class PageMachine {
        constructor(section) {
            this.section = section;
            this.state = "off";
            this.history = [];
            this.place = 0;
            this.pressed = new Set(); // keys of the machine that are down
            this.session = [];
            this.before = new Map(); // what the drawn tables said at the last stop
            this.asked = null; // the address whose walk is shown: it is asked for again at each stop
            this.build();
        }

        build() {
            const button = (name, act, title) => element("button", { type: "button", title, onclick: act }, name);
            this.buttons = {
                boot: button("Boot", () => this.boot(true), "Fetch the machine and let it run"),
                load: button("Stop at the first instruction", () => this.boot(false), "Fetch the machine; it stops at its debugger's prompt"),
                run: button("Run", () => this.type("c"), "Let the machine go on: c"),
                pause: button("Pause", () => this.pause(), "Stop the machine where it is"),
                step: button("Step", () => this.type("s"), "Execute one instruction: s"),
                reset: button("Reset", () => this.boot(false, this.variant), "Switch it off and on; it stops at its first instruction"),
                tab: button("Tab", () => this.tab(), "Press the machine's key Tab; yours leaves the screen"),
            };
            this.status = element("span", { role: "status", class: "machine-status" }, "The machine of this chapter, in this page. It is about a megabyte and is fetched when you ask for it.");
            this.screen = element("pre", { class: "machine-screen", tabindex: "0", role: "application", "aria-label": "Screen of the machine: no text yet. Keys that are typed here go to the machine." });
            this.serial = element("pre", { class: "machine-serial", tabindex: "0", role: "log", "aria-label": "What the kernel has written to its serial port" });
            this.log = element("pre", { class: "machine-console", tabindex: "0", role: "log", "aria-label": "Bochs' debugger" });
            this.input = element("input", { type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-label": "Command for Bochs' debugger", placeholder: "c, s, lb \"function\", reg, sreg, creg, print-stack, help" });
            this.tables = element("div", { class: "machine-tables" });
            this.address = element("input", { type: "text", spellcheck: "false", "aria-label": "Address to walk to", placeholder: "0xc0100000" });
            this.walked = element("pre", { tabindex: "0", "aria-label": "The walk through the page tables" });
            this.walkButton = element("button", { type: "submit" }, "Walk");
            const walker = element("form", { onsubmit: (event) => this.walk(event) }, element("label", {}, "The way to an address: ", this.address), " ", this.walkButton, this.walked);
            this.walker = element("details", {}, element("summary", {}, "Page walk"), this.explained("Page walk"), walker);
            const prompt = element("form", { class: "machine-prompt", onsubmit: (event) => this.submit(event) }, element("span", { "aria-hidden": "true" }, "<bochs>"), this.input);
            this.verdict = element("div", { class: "machine-verdict", "aria-live": "polite" });
            this.body = element("div", { hidden: "" },
                element("div", { class: "machine-row" }, this.screen, element("details", {}, element("summary", {}, "Serial log"), this.serial)),
                this.verdict, this.log, prompt,
                element("h3", {}, "What the processor sees"), this.tables, this.walker);
            this.section.append(element("p", { class: "machine-buttons" }, ...Object.values(this.buttons)), element("p", {}, this.status), this.body);
            this.screen.addEventListener("keydown", (event) => this.key(event, false));
            this.screen.addEventListener("keyup", (event) => this.key(event, true));
            this.screen.addEventListener("blur", () => this.release()); // also when the window loses the focus
            this.input.addEventListener("keydown", (event) => this.recall(event));
            for (const block of document.querySelectorAll(".session.bochs, .bochs.session")) this.offer(block);
            for (const watch of document.querySelectorAll("button[data-variant]")) {
                watch.hidden = false;
                watch.addEventListener("click", () => this.watch(watch.dataset.variant));
            }
            this.show("off");
        }

        // --- The machine ---

        // Whether it has been started.
        boot(run, variant = this.section.dataset.variant ?? "") {
            if (typeof WebAssembly !== "object" || typeof Worker !== "function" || typeof DecompressionStream !== "function") {
                return this.refuse("This browser has no WebAssembly, or is too old for it: the text can be read, and `make run` boots the same machine on your own computer.");
            }
            if (PageMachine.running && PageMachine.running !== this) return this.refuse("One machine on a page is enough: the other one is still on.");
            this.worker?.terminate();
            this.pressed.clear();
            PageMachine.running = this;
            const base = new URL(this.section.dataset.base, location.href);
            try {
                this.worker = new Worker(new URL("worker.js", base));
            } catch {
                return this.refuse("A page that was opened as a file can't have a machine: `make serve` shows the site with its machines.");
            }
            this.first = run ? ["c"] : [];
            this.forgetSession();
            const story = variant === this.variant ? this.story : null; // the same mistake once more
            this.variant = variant;
            this.forget();
            this.story = story;
            this.log.textContent = this.serial.textContent = "";
            this.clear();
            this.before.clear();
            this.deepest = -1; // the address of the last word of the stack that was drawn
            this.body.hidden = false;
            this.worker.onmessage = ({ data }) => this.take(data);
            this.worker.onerror = (event) => this.fail(`The machine did not come: ${event.message ?? "its worker could not be fetched"}. The text needs none.`);
            this.worker.postMessage({ start: this.section.dataset.chapter, base: String(base), variant });
            this.show("loading");
            return true;
        }

        take(data) {
            if (data.console) this.append(this.log, data.console);
            if (data.serial) this.hear(data.serial);
            if (data.exceptions) this.exceptions = data.exceptions;
            if (data.end) this.end(data.end);
            if (data.screen) this.draw(data.screen);
            if (data.console || data.serial || data.screen) this.worker?.postMessage({ seen: true });
            if (data.walked) this.walked.textContent = data.walked.join("\n");
            if (data.failed) return this.fail(data.failed);
            if (!data.state) return;
            this.show(data.state);
            if (data.state === "ended") this.off(data.log);
            if (data.state === "ended" || data.state === "prompt") {
                this.stand();
                if (data.state === "ended" && this.variant && !this.ending && !this.coming) {
                    this.ending = "emulator"; // none of the kernel's
                    this.reason = data.panic;
                }
                this.conclude();
            } else if (this.variant && !this.ending && !this.coming) {
                this.wait(this.serial.textContent ? QUIET_MS : SILENT_MS, "quiet"); // it runs (again)
            }
            if (data.state === "idle" && this.interrupting) this.worker.postMessage({ pause: true });
            if (data.state !== "prompt") return;
            this.interrupting = false;
            this.describe(data);
            if (this.asked !== null) this.worker.postMessage({ walk: this.asked });
            const next = this.first.shift() ?? this.session.shift();
            if (next) this.send(next);
            else this.section.dataset.session = "";
        }

        // Nothing that was drawn is the next machine's.
        clear() {
            this.draw({ columns: 0, rows: 0 });
            this.tables.replaceChildren();
            this.walked.textContent = "";
            this.asked = null;
        }

        // What was drawn at the last stop is not how it ended, and of a machine that is off nothing can be asked.
        off(log) {
            this.append(this.log, "\n" + log);
            this.worker.terminate();
            PageMachine.running = null;
            this.forgetSession();
            this.tables.replaceChildren(element("p", {}, "The machine is off: its processor sees nothing any more."));
            this.walked.textContent = "";
            this.asked = null;
        }

        // --- A mistake: what is seen of it here, and what `make qemu MUTATION=` says of it ---

        async watch(name) {
            this.section.scrollIntoView();
            if (!this.boot(true, name)) return;
            let story;
            try {
                const answer = await fetch(new URL(`variants/${name}.json`, new URL(this.section.dataset.base, location.href)));
                if (!answer.ok) throw new Error(`the host says ${answer.status}`);
                story = await answer.json();
            } catch (error) {
                if (this.variant === name) this.fail(`What is known of this mistake did not come: ${error.message}. \`make qemu MUTATION=${name}\` tells it.`);
                return;
            }
            if (this.variant !== name) return; // another machine has been booted meanwhile
            this.story = story;
            if (!this.story.boots) {
                this.fail("There is nothing to boot: this mistake does not build.");
                this.body.hidden = false;
            }
            this.tell();
        }

        forget() {
            clearTimeout(this.waiting);
            this.verdict.replaceChildren();
            this.story = this.ending = this.coming = null;
            this.typed = this.concluded = false;
            this.reason = "";
            this.exceptions = [];
            this.section.dataset.ending = "";
        }

        hear(text) {
            this.append(this.serial, text);
            if (this.toType && SHELL.test(this.serial.textContent)) {
                this.typeKeys(this.toType);
                this.toType = null;
            }
            if (!this.variant || this.ending) return;
            if (!this.typed && this.story?.typed && STARTED.test(this.serial.textContent)) {
                this.typed = true;
                this.typeKeys(this.story.typed);
            }
            if (COUNTS.test(this.serial.textContent)) this.wait(LAST_WORDS_MS, "goal");
            else this.wait(QUIET_MS, "quiet");
        }

        end(how) {
            if (this.variant && !this.ending) this.wait(LAST_WORDS_MS, how);
        }

        // An end that has been seen is not put off by what is said after it.
        wait(milliseconds, how) {
            if (this.coming && this.coming !== "quiet") return;
            this.coming = how;
            clearTimeout(this.waiting);
            this.waiting = setTimeout(() => {
                this.ending = this.serial.textContent.includes(PANIC) && how !== "triple-fault" ? "panic" : how;
                if (this.runs()) this.worker.postMessage({ pause: true }); // what the processor sees now is drawn
                else this.conclude();
            }, milliseconds);
        }

        // Nor is a machine that stands a quiet one.
        stand() {
            if (this.coming !== "quiet" || this.ending) return;
            clearTimeout(this.waiting);
            this.coming = null;
        }

        conclude() {
            if (!this.ending || this.concluded) return;
            this.concluded = true;
            this.section.dataset.ending = this.ending;
            this.tell();
            this.section.dispatchEvent(new CustomEvent("machine-ended", { detail: { ending: this.ending, exceptions: this.exceptions, serial: this.serial.textContent } }));
        }

        tell() {
            if (!this.story || (this.story.boots && !this.concluded) || this.verdict.firstChild) return;
            const { title, chapter, changes, explanation, right, boots } = this.story;
            const block = (label, text) => element("pre", { tabindex: "0", "aria-label": label }, text);
            const changed = changes.map(({ file, before, after }) => `${file}\n` + marked("-", before) + marked("+", after)).join("\n");
            const seen = boots ? [element("p", {}, element("strong", {}, "How it ended here: "), `${ENDINGS[this.ending]}${this.reason ? `: ${this.reason}` : ""}.`)] : [];
            const told = explanation ? [element("p", {}, element("strong", {}, boots ? "How it died, as make qemu tells it:" : "What the tools say:")), block("The explanation", explanation)] : [];
            const otherwise = right ? [element("p", {}, element("strong", {}, "A right kernel: "), right)] : [];
            this.verdict.append(element("h3", {}, `The mistake: ${title}`), ...seen, ...told, ...otherwise,
                element("p", {}, element("strong", {}, "The change:")), block("The change in the source", changed),
                element("p", {}, `On your own computer: make qemu MUTATION=${this.variant} (chapter ${chapter})`));
            this.section.dataset.told = this.variant;
        }

        // Types on the machine's keyboard, which is an American one.
        typeKeys(text) {
            const names = { "\n": "Enter", "\t": "Tab", " ": "Space", "-": "Minus", ".": "Period", "/": "Slash" };
            const press = (key, released = false) => this.worker.postMessage({ key, released });
            for (const letter of text) {
                const capital = /[A-Z]/.test(letter);
                const key = names[letter] ?? (/\d/.test(letter) ? `Digit${letter}` : `Key${letter.toUpperCase()}`);
                if (capital) press("ShiftLeft");
                press(key);
                press(key, true);
                if (capital) press("ShiftLeft", true);
            }
        }

        fail(sentence) {
            this.worker?.terminate();
            this.worker = null;
            clearTimeout(this.waiting);
            PageMachine.running = null;
            this.forgetSession();
            this.clear();
            this.show("off");
            this.refuse(sentence);
        }

        // Says why there is no machine, also to who waits for its end: predict.js.
        refuse(sentence) {
            this.say(sentence);
            this.section.dispatchEvent(new CustomEvent("machine-failed", { detail: sentence }));
            return false;
        }

        say(sentence) {
            this.status.textContent = sentence;
        }

        show(state) {
            this.state = state;
            const on = state !== "off" && state !== "ended";
            const at = state === "prompt";
            const { boot, load, ...others } = this.buttons;
            const focused = document.querySelector(":focus-visible"); // by the keyboard
            boot.hidden = load.hidden = on;
            for (const one of Object.values(others)) one.hidden = !on;
            // A button that was disabled would lose the focus, at each step.
            const { run, step, pause, tab } = others;
            for (const [one, works] of [[run, at], [step, at], [pause, this.runs()], [tab, this.runs()]]) one.setAttribute("aria-disabled", !works);
            this.input.disabled = !on;
            this.walkButton.disabled = !on || state === "loading";
            // Who works with the keyboard is not left without a focus when a button goes.
            if (focused?.hidden && Object.values(this.buttons).includes(focused)) (!on ? boot : this.runs() ? pause : this.input).focus({ preventScroll: true });
            const words = { loading: "Fetching the machine ...", prompt: "The machine is stopped.", running: "The machine runs.", idle: "The machine waits for an interrupt.", ended: "The machine is off." };
            if (words[state]) this.say(words[state]);
            this.section.dataset.state = state;
        }

        runs() {
            return this.state === "running" || this.state === "idle";
        }

        send(command) {
            this.interrupting = typeof command === "object";
            const text = this.interrupting ? command.interrupted : command;
            this.append(this.log, text + "\n");
            this.worker.postMessage({ line: text });
        }

        type(text) {
            if (this.state === "prompt") this.send(text);
        }

        append(place, text) {
            const atEnd = place.scrollTop + place.clientHeight >= place.scrollHeight - 4;
            place.append(text);
            if (place.textContent.length > 200000) place.textContent = place.textContent.slice(-100000);
            if (atEnd) place.scrollTop = place.scrollHeight;
        }

        // --- The prompt, with the lines before ---

        submit(event) {
            event.preventDefault();
            const line = this.input.value.trim();
            if (this.state !== "prompt") return this.say(this.state === "loading" ? "The machine is being fetched: its prompt comes in a moment." : "The machine runs: pause it first.");
            if (line) this.history.push(line);
            this.place = this.history.length;
            this.input.value = "";
            this.send(line);
        }

        recall(event) {
            const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
            if (!step) return;
            event.preventDefault();
            this.place = Math.min(Math.max(this.place + step, 0), this.history.length);
            this.input.value = this.history[this.place] ?? "";
        }

        // The reader takes over from a session that types itself.
        pause() {
            if (!this.runs()) return;
            this.forgetSession();
            this.worker.postMessage({ pause: true });
        }

        forgetSession() {
            this.session = [];
            this.toType = null;
            this.section.dataset.session = "";
        }

        // The sessions of the text type themselves, on a machine that has just been switched on.
        offer(block) {
            const lines = block.querySelector("pre").textContent.split("\n");
            const commands = [];
            lines.forEach((line, number) => {
                const prompt = PROMPT.exec(line);
                if (prompt) commands.push(lines[number + 1] === INTERRUPTION ? { interrupted: prompt[1] } : prompt[1]);
            });
            const typed = /\btyped-([0-9a-f]+)/.exec(block.className)?.[1]; // for the shell, as gather.py has it from the session
            const start = () => {
                this.section.scrollIntoView();
                if (!this.boot(false)) return;
                this.toType = typed && typed.replace(/../g, (byte) => String.fromCharCode(parseInt(byte, 16))) + "\n";
                this.session = commands.filter((command) => command !== "q");
                this.section.dataset.session = "typing";
            };
            block.after(element("p", { class: "machine-offer" }, element("button", { type: "button", onclick: start }, "Type this session in the page's machine")));
        }

        // --- Screen and keyboard ---

        draw({ columns, rows, x, y, cells }) {
            const lines = [];
            this.screen.textContent = "";
            for (let row = 0; row < rows; row++) {
                let text = "";
                let style = null;
                let plain = "";
                const end = () => text && this.screen.append(element("span", { style }, text));
                for (let column = 0; column < columns; column++) {
                    const at = 2 * (row * columns + column);
                    const code = cells[at];
                    const attribute = cells[at + 1];
                    const letter = code >= 128 ? UPPER[code - 128] : code < 32 || code === 127 ? " " : String.fromCharCode(code);
                    const under = row === y && column === x ? ";text-decoration:underline" : "";
                    const now = `color:${COLOURS[attribute & 15]};background:${COLOURS[attribute >> 4 & 7]}${under}`;
                    if (now !== style) {
                        end();
                        text = "";
                        style = now;
                    }
                    text += letter;
                    plain += letter;
                }
                end();
                this.screen.append("\n");
                lines.push(plain.trimEnd());
            }
            const shown = lines.filter(Boolean).join("\n");
            this.screen.setAttribute("aria-label", `Screen of the machine. Keys that are typed here go to the machine. It shows: ${shown || "nothing"}`);
        }

        key(event, released) {
            const takes = this.runs() && KEYS.test(event.code) && !event.metaKey;
            if (released ? !this.pressed.delete(event.code) : !takes) return;
            event.preventDefault();
            if (event.repeat && !this.pressed.has(event.code)) return; // it went down elsewhere; one of ours repeats, as a PC's does
            if (!released) this.pressed.add(event.code);
            this.worker.postMessage({ key: event.code, released });
        }

        tab() {
            if (!this.runs()) return;
            this.typeKeys("\t");
            this.screen.focus();
        }

        // A key that is let go elsewhere is heard of elsewhere.
        release() {
            for (const key of this.pressed) this.worker?.postMessage({ key, released: true });
            this.pressed.clear();
        }

        // --- What the processor sees ---

        walk(event) {
            event.preventDefault();
            const text = this.address.value.trim();
            const address = Number(text);
            this.asked = null;
            if (!text || !Number.isInteger(address) || address < 0 || address > 0xffffffff) {
                this.walked.textContent = "An address is a number from 0 to 0xffffffff.";
                return;
            }
            this.asked = address;
            this.worker.postMessage({ walk: address });
        }

        // A cell that is marked if it said something else at the last stop, or nothing. compared: whether it would have been drawn there.
        cell(key, text, compared) {
            const made = element("td", {}, text);
            if (compared && (this.before.get(key) ?? "") !== text) {
                made.className = "machine-changed";
                made.title = `at the last stop: ${this.before.get(key) || "nothing"}`;
            }
            this.now.set(key, text);
            return made;
        }

        explained(name) {
            const page = PARAGRAPHS[name];
            const address = new URL(`../${page}`, new URL(this.section.dataset.base, location.href));
            return element("p", {}, element("a", { href: address }, `Chapter ${parseInt(page, 10)} explains it`));
        }

        // missing: what is said where there is no row.
        table(name, heads, rows, { open = false, missing = "There is none yet." } = {}) {
            const wasOpen = this.tables.querySelector(`details[data-name="${name}"]`)?.open;
            const head = element("tr", {}, ...heads.map((one) => element("th", { scope: "col" }, one)));
            const content = rows.length ? element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)) : element("p", {}, missing);
            const made = element("details", { "data-name": name }, element("summary", {}, name), this.explained(name), content);
            made.open = wasOpen ?? open;
            return made;
        }

        describe({ registers, tables }) {
            this.now = new Map();
            const line = (key, compared, cells) => element("tr", {}, ...cells.map((text, number) => this.cell(`${key} ${number}`, text, compared)));
            const row = (key, ...cells) => line(key, this.before.size > 0, cells);
            const bits = (name) => row(name, name, hex(registers[name]), tables[name].filter((one) => one.set).map((one) => one.name).join(" "), tables[name].filter((one) => !one.set).map((one) => one.name).join(" "));
            const names = ["eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "cs", "ss", "ds", "es", "fs", "gs"];
            const guarded = registers.cr0 & 1; // in real mode there are no tables to read
            const unread = (name, table, base, limit) => (guarded && !table ? { missing: `The ${name} at ${hex(base)}, limit ${hex(limit, 0)}, is not mapped.` } : {});
            const pointer = (name) => row(`${name}r`, `${name}r`, `${hex(registers[`${name}_base`])}, limit ${hex(registers[`${name}_limit`], 0)}`, tables.names[`${name}_base`]);
            const right = (one) => `${one.user ? "programs " + (one.writable ? "read and write" : "read") : "programs no access"}, the kernel ${one.writable ? "read and write" : "read"}`;
            const made = [
                this.table("Registers", ["register", "value", "in the kernel"], names.map((name) => row(name, name, hex(registers[name]), tables.names[name])).concat(["gdt", "idt"].map(pointer)), { open: true }),
                this.table("CR0, CR4 and EFLAGS", ["register", "value", "bits that are set", "bits that are clear"], ["cr0", "cr4", "eflags"].map(bits).concat(row("cr2", "cr2", hex(registers.cr2), "", ""), row("cr3", "cr3", hex(registers.cr3), "", ""))),
                this.table("GDT", ["selector", "descriptor", "in use by"], (tables.gdt ?? []).map((one) => row(`gdt ${one.selector}`, "0x" + one.selector.toString(16), one.text, one.uses.join(" "))), unread("GDT", tables.gdt, registers.gdt_base, registers.gdt_limit)),
                this.table("IDT", ["vector", "exception", "gate", "handler"], (tables.idt ?? []).map((one) => row(`idt ${one.vector}`, String(one.vector), one.name, one.text, one.symbol)), unread("IDT", tables.idt, registers.idt_base, registers.idt_limit)),
                this.table("TSS", ["field", "value"], tables.tss ? [row("esp0", "esp0", hex(tables.tss.esp0)), row("ss0", "ss0", hex(tables.tss.ss0)), row("io map base", "I/O map base", String(tables.tss.io_map_base))] : [],
                    registers.tr >>> 3 ? unread("TSS", tables.tss, registers.tr_base, registers.tr_limit) : {}),
                this.table("Stack", ["address", "word", "what it is", "in the kernel"], tables.stack.map((one) => line(`stack ${one.address}`, one.address <= this.deepest, [hex(one.address), hex(one.value), one.name, one.symbol])), { open: true }),
                this.table("Address space", ["from", "to", "physical", "rights"], tables.map.map((one) => row(`map ${one.begin}`, hex(one.begin), hex(one.begin + one.size - 1), hex(one.physical), right(one))),
                    registers.cr0 >>> 31 && registers.cr4 & 1 << 5 ? { missing: "CR4.PAE is set: three-level tables, which this page does not decode." } : {}),
            ];
            this.tables.replaceChildren(...made);
            this.before = this.now;
            this.deepest = tables.stack.at(-1)?.address ?? -1;
        }
    }

    addEventListener("DOMContentLoaded", () => {
        for (const section of document.querySelectorAll("section.machine")) section.machine = new PageMachine(section);
    });
    // The browser may keep the page, for its button Back.
    addEventListener("pagehide", () => PageMachine.running?.fail("The machine was switched off when you left the page."));
})();
