// What the reader has predicted on these pages, in this browser's own storage. progress.text() is the file that `make learn
// PROGRESS=file` takes over: one line an exercise, as .course/progress has them, and the answer.
"use strict";

const progress = (() => {
    const KEY = "trapgate-progress";
    const complaint = "This browser keeps nothing for this page: what you have answered is forgotten when you leave it.";
    let storage = null;
    try {
        localStorage.setItem(KEY, localStorage.getItem(KEY) ?? "{}");
        storage = localStorage;
    } catch { /* not allowed, or full: then it lasts as long as the page */ }
    let known = {};
    try {
        known = JSON.parse(storage?.getItem(KEY) ?? "{}");
    } catch { /* somebody else's: begun anew */ }

    function add(number, passed, answer) {
        const one = (known[number] ??= { tries: 0 });
        one.tries += 1;
        if (passed && !one.passed) Object.assign(one, { passed: new Date().toISOString().slice(0, 10), answer });
        storage?.setItem(KEY, JSON.stringify(known));
        show();
        return one.tries;
    }

    function text() {
        return Object.entries(known).map(([number, { tries, passed, answer }]) => `${number} tries=${tries}` + (passed ? ` passed=${passed} answer=${answer.replaceAll(" ", "")}` : "") + "\n").join("");
    }

    // Where a page has <p class="progress">: how far the reader is, and the file.
    function show() {
        for (const place of document.querySelectorAll("p.progress")) {
            const passed = Object.values(known).filter((one) => one.passed).length;
            const link = document.createElement("a");
            link.href = URL.createObjectURL(new Blob([text()], { type: "text/plain" }));
            link.download = "trapgate-progress.txt";
            link.textContent = "Save what you have answered";
            if (!storage) {
                place.textContent = complaint;
                continue;
            }
            place.replaceChildren(`Predictions that were right in this browser: ${passed}. `, ...(Object.keys(known).length ? [link, " as a file, for make learn PROGRESS=trapgate-progress.txt."] : []));
        }
    }

    addEventListener("DOMContentLoaded", show);
    return { of: (number) => known[number] ?? {}, add };
})();
