// Draws the text's diagrams with Mermaid in Chromium: diagrams.mjs TOOLS TEXT
// TEXT/diagrams.json holds them by name; each becomes TEXT/diagrams/NAME.svg, once: again after a change here or to the tools.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [tools, text] = process.argv.slice(2).map((name) => path.resolve(name));
const { chromium } = createRequire(tools + "/")("playwright-core");
const folder = path.join(text, "diagrams");
const diagrams = JSON.parse(fs.readFileSync(path.join(text, "diagrams.json")));

const stamp = path.join(folder, "drawn-with");
const drawnWith = [new URL(import.meta.url), path.join(tools, "package-lock.json")].map((file) => createHash("sha256").update(fs.readFileSync(file)).digest("hex")).join("\n");
fs.mkdirSync(folder, { recursive: true });
const kept = fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === drawnWith;
for (const file of fs.readdirSync(folder)) {
    if (!kept || !(path.parse(file).name in diagrams)) fs.rmSync(path.join(folder, file));
}
fs.writeFileSync(stamp, drawnWith);
const missing = Object.keys(diagrams).filter((name) => !fs.existsSync(path.join(folder, name + ".svg")));
if (missing.length) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    const page = await browser.newPage();
    await page.addScriptTag({ path: path.join(tools, "node_modules/mermaid/dist/mermaid.min.js") });
    for (const name of missing) {
        const svg = await page.evaluate(([id, source]) => {
            // Plain text instead of HTML in the boxes: the picture is shown as one, where there is no HTML.
            mermaid.initialize({ startOnLoad: false, theme: "neutral", htmlLabels: false, flowchart: { htmlLabels: false } });
            return mermaid.render("diagram-" + id, source).then((drawn) => drawn.svg);
        }, [name, diagrams[name]]);
        fs.writeFileSync(path.join(folder, name + ".svg"), svg);
    }
    await browser.close();
}
