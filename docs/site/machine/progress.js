// What the reader has predicted on these pages, in this browser's own storage. progress.text() is the file that `make learn
// PROGRESS=file` takes over: for each exercise a line, as .course/progress has them, and the answer.
"use strict";

const progress = (() => {
    const KEY = "trapgate-progress";
    // Of the file; page_progress.py has the same.
    const LINE = /^(\d+\.\d+) tries=([1-9]\d{0,5})(?: passed=(\d{4}-\d\d-\d\d) answer=(\w+=[\w'#-]+(?:;\w+=[\w'#-]+)*))?$/;
    const lineOf = (number, { tries, passed, answer }) => `${number} tries=${tries}` + (passed ? ` passed=${passed} answer=${answer.replaceAll(" ", "")}` : "");
    const MOST_TRIES = 999999;
    const notKept = "what is new is forgotten when you leave the page, unless you save it as a file. ";
    const leftOut = "Not all that this browser had kept for these pages was theirs: that has been left out. ";
    let storage = null;
    let complaint = `This browser keeps nothing for this page: ${notKept}`;
    try {
        localStorage.setItem(KEY, localStorage.getItem(KEY) ?? "{}");
        storage = localStorage;
        complaint = "";
    } catch { /* not allowed, or full: then it lasts as long as the page */ }
    let known = {};
    let strange = false; // something else was kept under our name
    let file = ""; // the address of what can be saved
    read();

    // Of what was kept, what add() can have written.
    function valid(kept) {
        const plain = (one) => typeof one === "object" && one !== null && !Array.isArray(one);
        const ours = ([number, one]) => plain(one) && Number.isInteger(one.tries) && typeof one.passed === typeof one.answer
            && ["string", "undefined"].includes(typeof one.passed) && one.passed !== "" && LINE.test(lineOf(number, one));
        const entries = plain(kept) ? Object.entries(kept) : [];
        const found = entries.filter(ours);
        strange ||= !plain(kept) || found.length < entries.length;
        return Object.fromEntries(found);
    }

    // Each time anew: another tab may have added something.
    function read() {
        if (!storage) return;
        let kept = null;
        try {
            kept = JSON.parse(storage.getItem(KEY) ?? "{}");
        } catch { /* null is not valid, either */ }
        known = valid(kept);
    }

    function add(number, passed, answer) {
        read();
        const one = (known[number] ??= { tries: 0 });
        one.tries = Math.min(one.tries + 1, MOST_TRIES);
        if (passed && !one.passed) Object.assign(one, { passed: new Date().toISOString().slice(0, 10), answer });
        try {
            storage?.setItem(KEY, JSON.stringify(known));
        } catch {
            storage = null;
            complaint = `The place that this browser has for these pages is full: ${notKept}`;
        }
        show();
        return one.tries;
    }

    function text() {
        return Object.entries(known).map((entry) => lineOf(...entry) + "\n").join("");
    }

    // Where a page has <p class="progress">: how far the reader is, and the file.
    function show() {
        read();
        URL.revokeObjectURL(file);
        file = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
        for (const place of document.querySelectorAll("p.progress")) {
            const passed = Object.values(known).filter((one) => one.passed).length;
            const link = document.createElement("a");
            link.href = file;
            link.download = "trapgate-progress.txt";
            link.textContent = "Save what you have answered";
            place.replaceChildren(complaint, strange ? leftOut : "", `Predictions that were right in this browser: ${passed}. `, ...(Object.keys(known).length ? [link, " as a file, for make learn PROGRESS=trapgate-progress.txt."] : []));
        }
    }

    addEventListener("DOMContentLoaded", show);
    addEventListener("pageshow", show); // also by the button Back
    addEventListener("storage", show);
    return { of: (number) => known[number] ?? {}, add };
})();
