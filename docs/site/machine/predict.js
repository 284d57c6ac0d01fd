// A prediction on its exercise's page: <section class="machine" data-variant="predict-11.7" data-ask="vector error cr2 ending"
// data-number="11.7">. Its questions are asked, then the changed kernel is booted in the page's machine, and what it did decides.
// What it did is not shown before the answers are right. docs/course/paper.py judges the same by the same rules.
//
// What has been answered is kept in this browser (progress.js), and nowhere else.
"use strict";

// What an answer in words may mean: numbers, or "none". Nothing if it is neither. An address may be written without 0x, or as a
// decimal number.
function readings(name, text) {
    const joined = text.toLowerCase().replace(/(?<=[0-9a-f])['_](?=[0-9a-f])/g, "").replace(/\(.*?\)|["'`]/g, " ");
    const plain = joined.trim().replace(/[,.; ]+$/, "").replace(/^(the )?address +/, "");
    if (/^(none|no|nothing|there is none|no( error)? code)$/.test(plain)) return ["none"];
    if (plain === "zero") return [0];
    const [, prefix, digits, suffix] = /^(0x)?([0-9a-f]+)(h?)$/.exec(plain) ?? [];
    if (digits && (name === "cr2" || prefix || suffix)) return [parseInt(digits, 16), ...(/^\d+$/.test(plain) ? [Number(plain)] : [])];
    if (name !== "error") return [];
    const [, bits] = /^(?:0b)?([01]+)$/.exec(plain.replace(/^([01]+)b$/, "0b$1")) ?? [];
    if (bits && plain.includes("b")) return [parseInt(bits, 2)];
    return /^\d+$/.test(plain) ? [Number(plain)] : [];
}

if (typeof module !== "undefined") module.exports = { readings };
else addEventListener("DOMContentLoaded", () => {
    const NAMES = { 0: "#DE divide error", 1: "#DB debug", 2: "NMI", 3: "#BP breakpoint", 4: "#OF overflow", 5: "#BR bound range exceeded", 6: "#UD invalid opcode", 7: "#NM device not available",
                    8: "#DF double fault", 10: "#TS invalid TSS", 11: "#NP segment not present", 12: "#SS stack-segment fault", 13: "#GP general protection fault", 14: "#PF page fault",
                    16: "#MF floating-point error", 17: "#AC alignment check", 19: "#XM SIMD floating-point exception" };
    const ENDINGS = { nothing: "nothing: the programs run", killed: "a program is killed", panic: "the kernel panics", "triple-fault": "a triple fault", hang: "it hangs" };
    const WITH_ERROR_CODE = [8, 10, 11, 12, 13, 14, 17, 21];
    const NONE = "none";
    const QUESTIONS = {
        vector: { words: "The vector of the first exception", choices: { none: "none: there is no exception", ...Object.fromEntries(Object.entries(NAMES).map(([vector, name]) => [vector, `${vector}: ${name}`])) } },
        error: { words: "Its error code, a number or none", example: "0x18" },
        cr2: { words: "The address in CR2, a number or none", example: "0xc0000000" },
        level: { words: "The privilege level at which it happens", choices: { none: "there is no exception", 0: "0: the kernel", 3: "3: a program" } },
        ending: { words: "What becomes of the machine", choices: ENDINGS },
    };

    function element(tag, attributes = {}, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        made.append(...children);
        return made;
    }

    // What the boot answers to the questions.
    function truthOf({ ending, exceptions, serial }) {
        const first = exceptions.find((one) => one.vector < 32);
        const reached = ending === "goal";
        const end = ending === "triple-fault" || ending === "panic" ? ending : /killed by SIG/.test(serial) ? "killed" : reached || ending === "power-off" ? "nothing" : "hang";
        if (!first) return { vector: NONE, error: NONE, cr2: NONE, level: NONE, ending: end };
        return { vector: first.vector, error: WITH_ERROR_CODE.includes(first.vector) ? first.error : NONE, cr2: first.vector === 14 ? first.cr2 : NONE, level: first.level, ending: end };
    }

    for (const section of document.querySelectorAll("section.machine[data-ask]")) {
        const names = section.dataset.ask.split(" ");
        const fields = {};
        const form = element("form", { class: "prediction" });
        for (const name of names) {
            const { words, choices, example } = QUESTIONS[name];
            const field = choices ? element("select", { name, required: "" }, element("option", { value: "" }, "..."), ...Object.entries(choices).map(([value, text]) => element("option", { value }, text)))
                : element("input", { type: "text", name, required: "", placeholder: example, spellcheck: "false", autocomplete: "off" });
            fields[name] = field;
            form.append(element("label", {}, words + " ", field));
        }
        const button = element("button", { type: "submit" }, "Boot it and see");
        const verdict = element("div", { role: "status" });
        const kept = progress.of(section.dataset.number);
        if (kept.passed) verdict.append(element("p", {}, `You predicted this on ${kept.passed}.`));
        form.append(element("p", {}, button), verdict);
        section.before(form);
        section.hidden = true;
        let truth = null;

        const say = (...children) => verdict.replaceChildren(...children.map((one) => (typeof one === "string" ? element("p", {}, one) : one)));

        async function judge() {
            const chosen = (value) => [/^\d+$/.test(value) ? Number(value) : value];
            const wrong = names.filter((name) => !(QUESTIONS[name].choices ? chosen(fields[name].value) : readings(name, fields[name].value)).includes(truth[name]));
            const exact = (name) => (typeof truth[name] === "number" && !QUESTIONS[name].choices ? `0x${truth[name].toString(16)}` : truth[name]);
            const answer = names.map((name) => `${name}=${exact(name)}`).join(";"); // kept if it was right, in whatever words
            const tries = progress.add(section.dataset.number, !wrong.length, answer);
            const story = await fetch(new URL(`variants/${section.dataset.variant}.json`, new URL(section.dataset.base, location.href))).then((answer) => answer.json()).catch(() => ({ hints: [], answer: "" }));
            section.dataset.judged = wrong.length ? `wrong ${wrong.join(" ")}` : "right";
            if (wrong.length) {
                const symptom = "wrong " + wrong.map((name) => `${name}=${fields[name].value.trim()}`).join(" ");
                const branch = story.hints.find(({ pattern }) => pattern && new RegExp(pattern, "i").test(symptom))?.name ?? "";
                const level = Math.min(tries, 5);
                const hint = story.hints.find((one) => one.level === level && one.name === branch) ?? story.hints.find((one) => one.level === level && !one.name);
                return say(`The machine says otherwise about: ${wrong.join(", ")}.`, ...(hint ? [`Hint ${level}: ${hint.text}`] : []));
            }
            section.hidden = false;
            say(section.dataset.state === "ended" ? "So it is. The machine below has done it, and is off." : "So it is. The machine below has done it; look at what the processor sees now.", element("pre", { tabindex: "0", "aria-label": "The answer" }, story.answer));
        }

        section.addEventListener("machine-ended", ({ detail }) => {
            button.disabled = false;
            if (truth) return; // it has been booted again, and stopped and changed as the reader liked
            if (detail.ending === "emulator") return say("Bochs itself came to an end: that decides nothing.");
            truth = truthOf(detail);
            judge();
        });
        section.addEventListener("machine-failed", ({ detail }) => {
            button.disabled = false;
            say(detail);
        });
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            const strange = names.find((name) => !QUESTIONS[name].choices && !readings(name, fields[name].value).length);
            if (strange) return say(`${QUESTIONS[strange].words}: ${fields[strange].value} is neither.`);
            section.dataset.judged = "";
            if (truth) return judge();
            button.disabled = true;
            say("The changed kernel boots ...");
            section.machine.boot(true);
        });
    }
});
