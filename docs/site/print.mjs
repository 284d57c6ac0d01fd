// Prints a page as PDF with Chromium, with its links and an outline of its headings: print.mjs TOOLS PAGE.html OUT.pdf
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const [tools, from, to] = process.argv.slice(2).map((name) => path.resolve(name));
const { chromium } = createRequire(tools + "/")("playwright-core");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(pathToFileURL(from).href, { timeout: 300000 });
const number = '<div style="width:100%;font-size:8px;text-align:center"><span class="pageNumber"></span></div>';
await page.pdf({ path: to, preferCSSPageSize: true, printBackground: true, outline: true, tagged: true, displayHeaderFooter: true, headerTemplate: "<span></span>", footerTemplate: number, timeout: 600000 });
await browser.close();
