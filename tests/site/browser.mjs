// Looks at the site in Chromium: browser.mjs TOOLS SITE WHAT [ARGUMENT ...]; prints what it finds as JSON.
// Serves SITE itself, on this machine only, as any static host would.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

const [tools, site, what, ...words] = process.argv.slice(2);
const from = createRequire(path.resolve(tools) + "/");
const { chromium } = from("playwright-core");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json" };

function serve() {
    const server = http.createServer((request, answer) => {
        let file = path.join(path.resolve(site), decodeURIComponent(new URL(request.url, "http://here").pathname));
        if (file.endsWith("/")) file += "index.html";
        if (!fs.existsSync(file) || fs.statSync(file).isDirectory()) return answer.writeHead(404).end();
        answer.writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream" });
        fs.createReadStream(file).pipe(answer);
    });
    return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

const server = await serve();
const root = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

// A page that remembers what went wrong on it.
async function open(options = {}) {
    const page = await (await browser.newContext(options)).newPage();
    page.complaints = [];
    page.setDefaultTimeout(120000);
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("request", (request) => request.url().startsWith(root) || request.url().startsWith("data:") || page.complaints.push("asks for " + request.url()));
    page.on("response", (response) => response.status() >= 400 && page.complaints.push(`${response.status()} ${response.url()}`));
    return page;
}

// A page whose machine is played by the test: what the last worker says is given to says(), time passes by page.clock.
async function played(name, prepare = () => {}) {
    const page = await open();
    page.setDefaultTimeout(20000);
    await page.clock.install();
    await page.addInitScript(() => {
        window.workers = [];
        window.Worker = class {
            constructor() {
                this.heard = [];
                workers.push(this);
            }
            postMessage(message) {
                this.heard.push(message);
            }
            terminate() {
                this.terminated = true;
            }
        };
    });
    await prepare(page);
    await page.goto(root + name);
    page.says = (...messages) => page.evaluate((all) => all.forEach((data) => workers.at(-1).onmessage({ data })), messages);
    page.heard = () => page.evaluate(() => workers.at(-1).heard.slice(1));
    page.press = (button) => page.getByRole("button", { name: button, exact: true }).first().click();
    page.shows = (what) => page.locator(what).first().textContent();
    page.in = (what) => page.getAttribute(".machine", `data-${what}`);
    return page;
}

// What a worker says at the debugger's prompt.
function prompt(registers = {}, tables = {}) {
    const names = "eax ebx ecx edx esi edi ebp esp eip cs ss ds es fs gs cr0 cr2 cr3 cr4 eflags gdt_base gdt_limit idt_base idt_limit tr tr_base tr_limit".split(" ");
    return { state: "prompt", registers: { ...Object.fromEntries(names.map((one) => [one, 0])), ...registers },
             tables: { names: Object.fromEntries(names.map((one) => [one, ""])), gdt: null, idt: null, tss: null, cr0: [], cr4: [], eflags: [], map: [], stack: [], ...tables } };
}

// The rows of the drawn tables: { "table key": [what its other cells show, ...] }; a cell that is marked as changed begins with a star.
function drawn(page) {
    return page.locator(".machine-tables tbody tr").evaluateAll((rows) => Object.fromEntries(rows.map((row) => {
        const [key, ...cells] = [...row.cells].map((cell) => (cell.className === "machine-changed" ? "*" : "") + cell.textContent);
        return [`${row.closest("details").dataset.name} ${key.replace("*", "")}`, cells];
    })));
}

async function fill(page, answers) {
    for (const [question, answer] of Object.entries(answers)) {
        const field = page.locator(`.prediction [name="${question}"]`);
        await (await field.evaluate((one) => one.tagName) === "SELECT" ? field.selectOption(answer) : field.fill(answer));
    }
}

// What the processes below one hold that no other shares, in kilobytes.
function held(pid) {
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.reduce((sum, child) => {
        const own = fs.readFileSync(`/proc/${child}/smaps_rollup`, "utf8").match(/^Private_Dirty: +(\d+)/m);
        return sum + Number(own?.[1] ?? 0) + held(child);
    }, 0);
}

// What axe-core finds on a page as it is now.
async function violations(page) {
    // Not as a script of the page, which its policy would refuse.
    await page.evaluate(fs.readFileSync(from.resolve("axe-core/axe.min.js"), "utf8"));
    const result = await page.evaluate(() => axe.run({ exclude: ".machine-screen span" })); // the machine chooses its colours itself
    return result.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ")}`);
}

const found = {};
const actions = {
    // What each page complains about: { page: [text, ...] }
    async pages() {
        const page = await open();
        for (const name of words) {
            page.complaints.length = 0;
            await page.goto(root + name, { waitUntil: "load" });
            found[name] = [...page.complaints];
        }
    },
    // The first page that a search for each term finds: { term: page }
    async search() {
        const page = await open();
        for (const term of words) {
            await page.goto(`${root}search.html?q=${encodeURIComponent(term)}`);
            const first = page.locator("#search-results li a").first();
            await first.waitFor();
            found[term] = new URL(await first.getAttribute("href"), page.url()).pathname.slice(1);
        }
    },
    // What axe-core finds on each page, in light and in dark: { "page scheme": [text, ...] }
    async axe() {
        for (const colorScheme of ["light", "dark"]) {
            const page = await open({ colorScheme });
            for (const name of words) {
                await page.goto(root + name);
                found[`${name} ${colorScheme}`] = await violations(page);
                const light = await page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)[0]) > 127);
                if (light !== (colorScheme === "light")) found[`${name} ${colorScheme}`].push("its background has the other scheme's colour");
            }
        }
    },
    // Each session of Bochs on each page, typed by its button: { page: [what the console shows, ...] }
    async sessions() {
        for (const name of words) {
            const page = await open();
            await page.goto(root + name);
            found[name] = [];
            for (const button of await page.getByRole("button", { name: "Type this session" }).all()) {
                await button.click();
                await page.waitForSelector('.machine[data-session="typing"]');
                await page.waitForSelector('.machine[data-session=""][data-state="prompt"]', { timeout: 600000 });
                found[name].push(await page.locator(".machine-console").textContent());
            }
            if (page.complaints.length) found[name].push(...page.complaints);
            await page.close();
        }
    },
    // Boots the machine of each page until its serial log has the text after the page's name and it has halted:
    // { page: { milliseconds, serial, screen, complaints } }
    async boots() {
        for (const word of words) {
            const [name, text] = word.split("=", 2);
            const page = await open();
            await page.goto(root + name);
            const begin = Date.now();
            await page.getByRole("button", { name: "Boot", exact: true }).click();
            await page.waitForFunction((wanted) => document.querySelector(".machine-serial").textContent.includes(wanted), text, { timeout: 600000 });
            const milliseconds = Date.now() - begin;
            await page.waitForSelector('.machine[data-state="idle"]');
            const shown = () => page.evaluate(() => [".machine-serial", ".machine-screen"].map((one) => document.querySelector(one).textContent));
            let [serial, screen] = await shown();
            for (let before = null; before !== screen; [serial, screen] = await shown()) {
                before = screen;
                await page.waitForTimeout(1000);
            }
            found[name] = { milliseconds, serial, screen, complaints: page.complaints };
            await page.close();
        }
    },
    // Watches mistakes by their buttons, until each is told: { name: { ending, serial, verdict, complaints } }, for words "PAGE=NAME"
    async mistakes() {
        for (const word of words) {
            const [name, mistake] = word.split("=");
            const page = await open();
            await page.goto(root + name);
            await page.click(`button[data-variant="${mistake}"]`);
            await page.waitForSelector(`.machine[data-told="${mistake}"]`, { timeout: 600000 });
            const [serial, verdict] = await page.evaluate(() => [".machine-serial", ".machine-verdict"].map((one) => document.querySelector(one).innerText || document.querySelector(one).textContent));
            page.complaints.push(...await violations(page));
            found[mistake] = { ending: await page.getAttribute(".machine", "data-ending"), serial, verdict, complaints: page.complaints };
            await page.close();
        }
    },
    // The drawn tables at a breakpoint, after so many steps from there, and before the last of these: { at, before, after }, each
    // { key: [what its cells show, ...] }, where a cell that is marked as changed begins with a star: tables PAGE FUNCTION STEPS
    async tables() {
        const [name, place, steps] = words;
        const page = await open();
        await page.goto(root + name);
        let prompts = 0;
        const prompted = () => page.waitForFunction((wanted) => document.querySelector(".machine-console").textContent.split("<bochs:").length > wanted
            && document.querySelector(".machine").dataset.state === "prompt", ++prompts);
        const shown = () => drawn(page);
        await page.getByRole("button", { name: "Stop at the first instruction" }).click();
        await prompted();
        const ask = page.getByLabel("Command for Bochs' debugger");
        for (const command of [`lb "${place}"`, "c"]) {
            await ask.fill(command);
            await ask.press("Enter");
            await prompted();
        }
        found.at = await shown();
        for (let step = 0; step < Number(steps); step++) {
            if (step === steps - 1) found.before = await shown();
            await page.getByRole("button", { name: "Step", exact: true }).click();
            await prompted();
        }
        found.after = await shown();
        found.complaints = [...page.complaints, ...await violations(page)];
    },
    // What the serial log has after the text that asks for a line, when the keys have been pressed on the screen, each as often as it
    // is named one after the other, as the browser repeats it: keys PAGE TEXT ANSWER KEY ...
    async keys() {
        const [name, asked, answer, ...keys] = words;
        const page = await open();
        await page.goto(root + name);
        await page.getByRole("button", { name: "Boot", exact: true }).click();
        const said = (text) => page.waitForFunction((wanted) => document.querySelector(".machine-serial").textContent.includes(wanted), text, { timeout: 600000 });
        await said(asked);
        await page.locator(".machine-screen").focus();
        for (const [number, key] of keys.entries()) {
            await page.keyboard.down(key);
            if (keys[number + 1] !== key) await page.keyboard.up(key);
        }
        await said(answer);
        Object.assign(found, { serial: await page.locator(".machine-serial").textContent(), complaints: page.complaints });
    },
    // What the page of a machine says that traces for some seconds, when Pause is pressed: { state, console, complaints }
    async trace() {
        const page = await open();
        await page.goto(root + words[0]);
        await page.getByRole("button", { name: "Stop at the first instruction" }).click();
        await page.waitForSelector('.machine[data-state="prompt"]');
        const ask = page.getByLabel("Command for Bochs' debugger");
        await ask.fill("trace on");
        await ask.press("Enter");
        await page.waitForFunction(() => document.querySelector(".machine-console").textContent.includes("<bochs:2>") && document.querySelector(".machine").dataset.state === "prompt");
        await page.getByRole("button", { name: "Run", exact: true }).click();
        await page.waitForTimeout(4000);
        await page.getByRole("button", { name: "Pause", exact: true }).click();
        await page.waitForSelector('.machine[data-state="prompt"]');
        Object.assign(found, { console: await page.locator(".machine-console").textContent(), complaints: page.complaints });
    },
    // Answers predictions: { page: [what is judged, ...] }, for words "PAGE=JSON", where JSON is a list of { question: answer }
    async predictions() {
        for (const word of words) {
            const name = word.slice(0, word.indexOf("="));
            const page = await open();
            await page.goto(root + name);
            found[name] = [];
            for (const answers of JSON.parse(word.slice(name.length + 1))) {
                await fill(page, answers);
                await page.click(".prediction button");
                await page.waitForFunction(() => document.querySelector(".machine").dataset.judged, null, { timeout: 600000 });
                found[name].push(await page.getAttribute(".machine", "data-judged"));
            }
            found[name].push(...page.complaints, ...await violations(page));
            await page.close();
        }
    },
    // What a page says when something is missing or makes no sense: { trouble: sentence }, on the page of a chapter and of a prediction
    async troubles() {
        const [chapter, prediction] = words;
        const status = (page) => page.locator(".machine-status").textContent();
        const booted = async (trouble, prepare) => {
            const page = await open();
            await prepare(page);
            await page.goto(root + chapter);
            await page.getByRole("button", { name: "Boot", exact: true }).click();
            await page.waitForSelector('.machine[data-state="off"]');
            await page.waitForFunction(() => !document.querySelector(".machine-status").textContent.startsWith("Fetching"));
            found[trouble] = await status(page);
            await page.close();
        };
        await booted("no WebAssembly", (page) => page.addInitScript(() => { delete window.WebAssembly; }));
        await booted("a file that is not there", (page) => page.route("**/bochs.wasm.gz", (route) => route.fulfill({ status: 404 })));
        await booted("a connection that breaks", (page) => page.route("**/*.iso.gz", (route) => route.abort()));
        await booted("half a file", (page) => page.route("**/*.iso.gz", (route) => route.fulfill({ body: Buffer.from([0x1f, 0x8b, 8, 0]) })));
        await booted("no worker", (page) => page.route("**/worker.js", (route) => route.abort()));

        const page = await open();
        await page.goto(root + chapter);
        await page.getByRole("button", { name: "Stop at the first instruction" }).click();
        await page.waitForSelector('.machine[data-state="prompt"]');
        await page.getByText("Page walk", { exact: true }).click();
        for (const address of ["here", "-1", "0x100000000"]) {
            await page.getByLabel("Address to walk to").fill(address);
            await page.getByRole("button", { name: "Walk" }).click();
            found[`the address ${address}`] = await page.getByLabel("The walk through the page tables").textContent();
        }
        const ask = page.getByLabel("Command for Bochs' debugger");
        const typed = async (command) => { await ask.fill(command); await ask.press("Enter"); };
        await typed("c");
        await typed("s");
        found["a command while it runs"] = await status(page);
        await page.close();

        const two = await open();
        await two.goto(root + chapter);
        await two.evaluate(() => {
            const [first] = document.getElementsByClassName("machine");
            const second = first.cloneNode();
            first.after(second);
            second.machine = new first.machine.constructor(second);
        });
        await two.getByRole("button", { name: "Boot", exact: true }).first().click();
        await two.getByRole("button", { name: "Boot", exact: true }).last().click();
        found["a second machine"] = await two.locator(".machine-status").last().textContent();
        await two.close();

        const other = await open();
        await other.addInitScript(() => Object.defineProperty(window, "localStorage", { get() { throw new Error("not allowed"); } }));
        await other.goto(root + prediction);
        for (const field of await other.locator(".prediction select").all()) await field.selectOption({ index: 1 });
        for (const field of await other.locator(".prediction input").all()) await field.fill("very high");
        await other.click(".prediction button");
        found["no number"] = await other.locator(".prediction [role=status]").textContent();
        found["no storage"] = await other.locator("p.progress").textContent();
        await other.close();
    },
    // What a page makes of what its machine does, where the test plays the machine: { moment: what is seen }.
    // moments CHAPTER PREDICTION ANSWERS MISTAKE OTHER, the last two mistakes of the chapter
    async moments() {
        const [chapter, prediction, answers, mistake, other] = words;
        const RUNNING = { state: "running" };
        const close = (page) => page.context().close();
        const watched = async (prepare) => {
            const page = await played(chapter, prepare);
            await page.click(`button[data-variant="${mistake}"]`);
            await page.says(prompt(), RUNNING);
            return page;
        };
        {
            const page = await played(prediction);
            const status = () => page.shows(".prediction [role=status]");
            await fill(page, JSON.parse(answers));
            await page.click(".prediction button");
            const truth = { end: "triple-fault", exceptions: [{ vector: 14, error: 2, cr2: 0xff801ffc, level: 0 }] };
            await page.says(prompt(), RUNNING, truth, prompt());
            await page.clock.runFor(400);
            await page.waitForSelector('.machine[data-judged="right"]');
            await page.press("Reset");
            await page.says(prompt(), RUNNING, { serial: "Trapgate" }, prompt());
            await page.clock.runFor(8000);
            found["a prediction that was right, at a breakpoint after Reset"] = await page.in("ending");
            await page.says(RUNNING);
            await page.clock.runFor(8000);
            await page.says(prompt());
            found["a prediction that was right, after another boot"] = [await page.in("ending"), (await status()).slice(0, 9), await page.evaluate(() => progress.of("11.7").tries)];
            await close(page);
        }
        {
            const page = await watched();
            await page.says({ serial: "Trapgate" }, prompt());
            await page.clock.runFor(8000);
            found["a mistake that was paused"] = await page.in("ending");
            await page.says(RUNNING);
            await page.clock.runFor(8000);
            found["a mistake that went on after it was paused"] = (await page.heard()).at(-1);
            await page.says(prompt());
            found["a mistake that was quiet"] = await page.in("ending");
            await close(page);
        }
        {
            const page = await watched();
            await page.clock.runFor(8000);
            found["a mistake that has said nothing yet"] = (await page.heard()).length;
            await page.clock.runFor(60000);
            await page.says(prompt());
            found["a mistake that never says anything"] = await page.in("ending");
            await close(page);
        }
        {
            const page = await played(prediction, (one) => one.addInitScript(() => { delete window.WebAssembly; }));
            await fill(page, JSON.parse(answers));
            await page.click(".prediction button");
            found["a prediction without WebAssembly"] = [await page.shows(".prediction [role=status]"), await page.locator(".prediction button").isDisabled()];
            await close(page);
        }
        {
            const page = await watched();
            await page.says({ serial: "Trapgate" }, { state: "ended", log: "the log", panic: "a device's reason" });
            found["a mistake at which Bochs gave up"] = [await page.in("ending"), /How it ended here: .*?\./.exec(await page.shows(".machine-verdict"))?.[0]];
            await close(page);
        }
        {
            const page = await played(prediction);
            await fill(page, JSON.parse(answers));
            await page.click(".prediction button");
            await page.says(prompt(), RUNNING, { state: "ended", log: "the log", panic: "a device's reason" });
            found["a prediction at which Bochs gave up"] = [await page.shows(".prediction [role=status]"), await page.locator(".prediction button").isDisabled()];
            await close(page);
        }
        for (const button of ["Reset", "Pause"]) {
            const page = await played(chapter);
            await page.press("Type this session in the page's machine");
            await page.says(prompt(), RUNNING);
            await page.press(button);
            await page.says(prompt());
            found[`a session after ${button}`] = [(await page.heard()).map((one) => one.line ?? "-"), await page.in("session")];
            await close(page);
        }
        {
            const page = await watched();
            const ends = async () => {
                await page.says({ end: "triple-fault" }, prompt());
                await page.clock.runFor(400);
                return page.in("told");
            };
            found["a mistake that ended"] = await ends();
            await page.press("Reset");
            await page.says(prompt(), RUNNING);
            await ends();
            found["a mistake that ended again after Reset"] = (await page.shows(".machine-verdict")).slice(0, 12);
            await close(page);
        }
        for (const how of ["comes late", "does not come"]) {
            let late;
            const arrived = new Promise((done) => { late = done; });
            const page = await watched((one) => one.route(`**/variants/${mistake}.json`, async (route) => {
                await arrived;
                await (how === "comes late" ? route.continue() : route.abort());
            }));
            await page.click(`button[data-variant="${other}"]`);
            await page.says(prompt(), RUNNING);
            const over = page.waitForEvent(how === "comes late" ? "requestfinished" : "requestfailed");
            late();
            await over;
            await page.evaluate(() => fetch("").then((one) => one.text())); // so the page has heard of it, too
            await page.says({ end: "triple-fault" }, prompt());
            await page.clock.runFor(400);
            found[`what is told when an earlier mistake's story ${how}`] = [await page.evaluate(() => Boolean(workers.at(-1).terminated)), (await page.shows(".machine-verdict")).slice(0, 62)];
            await close(page);
        }
        {
            const page = await played(chapter);
            await page.press("Boot");
            const end = 0x1000;
            const stack = (esp) => Array.from({ length: 3 }, (_, number) => ({ address: esp + 4 * number, value: esp + 4 * number, name: "", symbol: "" })).filter((one) => one.address < end);
            await page.says(prompt({}, { stack: stack(end - 16) }), RUNNING, prompt({ cr0: 1, gdt_base: 0x100000, gdt_limit: 47, tr: 0x28 }, { stack: stack(end - 16), tss: { esp0: 1, ss0: 16, io_map_base: 104 } }));
            const second = await drawn(page);
            found["what is new since the last stop"] = [second["TSS esp0"], second["Registers eax"], second["Registers gdtr"], second["Stack 0x00000ff0"]];
            found["tables that can't be read"] = await page.locator(".machine-tables details").evaluateAll((all) => all.filter((one) => ["GDT", "IDT"].includes(one.dataset.name)).map((one) => one.lastChild.textContent));
            await page.says(RUNNING, prompt({}, { stack: stack(end - 20) }));
            const pushed = await drawn(page);
            await page.says(RUNNING, prompt({}, { stack: stack(end - 12) }));
            const popped = await drawn(page);
            found["the stack after a push"] = ["fec", "ff0", "ff4"].map((address) => pushed[`Stack 0x00000${address}`][0]);
            found["the stack after two pops"] = ["ff4", "ff8", "ffc"].map((address) => popped[`Stack 0x00000${address}`][0]);
            await page.getByText("Page walk", { exact: true }).click();
            await page.press("Walk");
            const walked = page.getByLabel("The walk through the page tables");
            found["a walk to no address"] = await walked.textContent();
            await page.getByLabel("Address to walk to").fill("0x1000");
            await page.press("Walk");
            await page.says({ walked: ["the way"] }, RUNNING, prompt());
            found["a walk that is shown, at the next stop"] = [await walked.textContent(), (await page.heard()).slice(-2)];
            await page.says({ screen: { columns: 2, rows: 1, x: 9, y: 9, cells: [72, 7, 73, 7] } });
            found["what has been drawn"] = (await page.heard()).at(-1);
            await page.press("Reset");
            const left = async () => [await walked.textContent(), (await page.shows(".machine-screen")).trim(), await page.locator(".machine-tables tr").count()];
            found["what Reset leaves"] = [...await left(), await page.locator(".machine").getByText("Walk", { exact: true }).isDisabled()];
            await page.getByLabel("Command for Bochs' debugger").press("Enter");
            found["a command while it is fetched"] = await page.shows(".machine-status");
            await page.says(prompt(), { screen: { columns: 2, rows: 1, x: 9, y: 9, cells: [72, 7, 73, 7] } });
            found["what is shown after Reset"] = [...await left()].slice(0, 2);
            await page.says({ failed: "It did not come." });
            found["what a machine leaves that did not come"] = await left();
            await page.press("Boot");
            await page.says(prompt({ cr0: 0x80000001, cr4: 1 << 5 }));
            found["PAE's tables"] = await page.locator(".machine-tables details[data-name='Address space']").evaluate((one) => one.lastChild.textContent);
            await page.says(RUNNING, { state: "ended", log: "off" });
            found["the tables of a machine that is off"] = await page.shows(".machine-tables");
            found["the walk of a machine that is off"] = await page.locator(".machine").getByText("Walk", { exact: true }).isDisabled();
            await page.evaluate(() => {
                const [first] = document.getElementsByClassName("machine");
                const next = first.cloneNode();
                first.after(next);
                next.machine = new first.machine.constructor(next);
            });
            await page.locator(".machine").last().getByRole("button", { name: "Boot", exact: true }).click();
            found["a second machine after the first is off"] = await page.locator(".machine-status").last().textContent();
            await close(page);
        }
        {
            const page = await played(chapter);
            const keys = async () => (await page.heard()).filter((one) => one.key).map((one) => (one.released ? "-" : "+") + one.key);
            const focus = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.tagName);
            await page.getByRole("button", { name: "Boot", exact: true }).focus();
            await page.keyboard.press("Enter");
            found["the focus after Boot"] = await focus();
            await page.says(prompt());
            await page.locator(".machine-screen").focus();
            await page.keyboard.press("KeyA");
            found["a key at the prompt"] = await keys();
            await page.says(RUNNING);
            await page.keyboard.press("Shift+Tab");
            await page.locator(".machine-screen").focus();
            await page.keyboard.down("Control");
            await page.says(prompt());
            await page.keyboard.up("Control");
            found["keys that are let go elsewhere"] = await keys();
            await page.says(RUNNING);
            const since = (await keys()).length;
            const untouched = await page.evaluate(() => {
                const send = (type, code, repeat = false) => document.querySelector(".machine-screen").dispatchEvent(new KeyboardEvent(type, { code, repeat, cancelable: true }));
                const down = ["KeyX", "Numpad7", "NumpadEnter", "IntlBackslash", "", "MediaPlayPause", "Tab", "F13"].map((code) => [code, send("keydown", code)]);
                send("keydown", "KeyX", true);
                send("keydown", "KeyX", true);
                send("keyup", "KeyX");
                send("keydown", "KeyY", true);
                return down.filter(([, left]) => left).map(([code]) => code);
            });
            found["keys of the machine, and the browser's"] = [(await keys()).slice(since), untouched];
            await page.press("Tab");
            found["the button Tab"] = [(await keys()).slice(-2), await page.evaluate(() => document.activeElement.className)];
            const after = {};
            for (const [name, ...messages] of [["Pause", prompt()], ["Step", RUNNING, prompt()], ["Run", RUNNING]]) {
                await page.getByRole("button", { name, exact: true }).focus();
                await page.keyboard.press("Enter");
                await page.says(...messages);
                after[name] = await focus();
            }
            found["the focus after a button's key"] = after;
            const before = (await page.heard()).length;
            await page.getByRole("button", { name: "Run", exact: true }).press("Enter");
            found["a button that does nothing now"] = (await page.heard()).length - before;
            await page.getByRole("button", { name: "Reset", exact: true }).focus();
            await page.says({ state: "ended", log: "off" });
            found["the focus of a machine that goes off"] = await focus();
            await page.press("Boot");
            await page.says(prompt(), RUNNING);
            found["a page that is left"] = await page.evaluate(() => {
                dispatchEvent(new Event("pagehide"));
                return [workers.at(-1).terminated ?? false, document.querySelector(".machine").dataset.state, document.querySelector(".machine-status").textContent];
            });
            await close(page);
        }
        // MORE
    },
    // What a prediction's page makes of what its browser has kept: { what was kept: [what the page tells, what is kept after an answer, ...complaints] }
    async kept() {
        const [name, answers, ...values] = words;
        {
            const page = await played(name);
            await fill(page, JSON.parse(answers));
            await page.click(".prediction button");
            await page.says(prompt(), { state: "running" }, { end: "triple-fault", exceptions: [{ vector: 14, error: 2, cr2: 0xff801ffc, level: 0 }] }, prompt());
            await page.clock.runFor(400);
            await page.waitForSelector('.machine[data-judged="right"]');
            await page.evaluate(() => progress.add("4.2", false, ""));
            const [file] = await Promise.all([page.waitForEvent("download"), page.click("p.progress a")]);
            found.saved = fs.readFileSync(await file.path(), "utf8");
            await page.context().close();
        }
        for (const value of values) {
            const page = await open();
            await page.addInitScript((text) => localStorage.setItem("trapgate-progress", text), value);
            await page.goto(root + name);
            const told = await page.locator("p.progress").textContent();
            found[value] = [told, await page.evaluate(() => [progress.add("11.9", true, "x=1"), localStorage.getItem("trapgate-progress")][1]).catch(String), ...page.complaints];
            await page.context().close();
        }
        const [one, other] = [await open(), await open()];
        const page = await one.context().newPage();
        for (const tab of [one, page]) await tab.goto(root + name);
        await one.evaluate(() => progress.add("11.7", true, "x=1"));
        await page.waitForFunction(() => document.querySelector("p.progress").textContent.includes("browser: 1."), null, { timeout: 5000 }).catch(() => {});
        found["another tab's"] = await page.locator("p.progress").textContent();
        await page.evaluate(() => progress.add("11.8", true, "x=1"));
        found["two tabs'"] = Object.keys(JSON.parse(await page.evaluate(() => localStorage.getItem("trapgate-progress"))));
        await other.goto(root + name);
        await other.evaluate(() => {
            for (let size = 1 << 22, number = 0; size >= 1;) {
                try {
                    localStorage.setItem(`x${number++}`, "a".repeat(size));
                } catch {
                    size >>= 1;
                }
            }
        });
        await other.reload();
        found["full"] = [await other.evaluate(() => progress.add("11.7", true, "x=1")).catch((error) => String(error).slice(0, 100)), await other.locator("p.progress").textContent()];
    },
    // What Chromium holds, in kilobytes, after each of so many boots of one page's machine: memory PAGE TIMES TEXT
    async memory() {
        const [name, times, text] = words;
        const page = await open();
        await page.goto(root + name);
        found.held = [];
        for (let boot = 0; boot < Number(times); boot++) {
            await page.locator(".machine-buttons button:visible").filter({ hasText: boot ? "Reset" : "Stop at" }).click();
            await page.waitForSelector('.machine[data-state="prompt"]');
            await page.getByRole("button", { name: "Run", exact: true }).click();
            await page.waitForFunction((wanted) => document.querySelector(".machine-serial").textContent.includes(wanted), text, { timeout: 600000 });
            found.held.push(held(process.pid));
        }
        found.complaints = page.complaints;
    },
    // A picture of a chapter's machine on its page, after a mistake has been watched: portrait PAGE NAME FILE
    async portrait() {
        const [name, mistake, file] = words;
        const page = await open({ viewport: { width: 1180, height: 980 } });
        await page.goto(root + name);
        await page.click(`button[data-variant="${mistake}"]`);
        await page.waitForSelector(`.machine[data-told="${mistake}"]`, { timeout: 600000 });
        await page.evaluate(() => {
            document.querySelector(".back-to-top")?.remove();
            document.querySelector(".machine").scrollIntoView();
        });
        await page.screenshot({ path: file });
    },
    // Pictures for a person: browser.mjs TOOLS SITE pictures FOLDER PAGE ...; and how much wider than the window each page is.
    async pictures() {
        const [folder, ...names] = words;
        fs.mkdirSync(folder, { recursive: true });
        const kinds = { light: {}, dark: { colorScheme: "dark" }, telephone: { viewport: { width: 360, height: 740 } } };
        for (const [kind, options] of Object.entries(kinds)) {
            const page = await open(options);
            for (const name of names) {
                await page.goto(root + name);
                await page.screenshot({ path: path.join(folder, `${name.replaceAll("/", "-")}-${kind}.png`) });
                found[`${name} ${kind}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            }
        }
    },
};
try {
    await actions[what]();
} finally {
    await browser.close();
    server.close();
}
console.log(JSON.stringify(found));
