// Plays scenarios in one browser. Each line of the input is {"scenario", ...settings}; the answer is
// {"turn": word} whenever a scenario waits for something outside (any line lets it go on), and at
// its end {"result", "problems"} or {"failed"}.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { Stage } from "./stage.mjs";
import * as acting from "./acting.mjs";
import * as interruptions from "./interruptions.mjs";
import * as screens from "./screens.mjs";
import * as talking from "./talking.mjs";

const SCENARIOS = { ...acting, ...interruptions, ...screens, ...talking };
const LIMIT_MS = 50_000;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (object) => process.stdout.write(`${JSON.stringify(object)}\n`);

async function turn(word) {
  say({ turn: word });
  await lines.next();
}

const known = new Map();

async function play(browser, { scenario, ...settings }) {
  const stage = new Stage(browser, known, settings);
  let timer;
  let failed = false;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  try {
    const result = await Promise.race([SCENARIOS[scenario](stage, settings, turn), late]);
    say({ result, problems: stage.problems });
  } catch (error) {
    failed = true;
    const pictures = await stage.photograph(scenario).catch(() => []);
    const seen = [...stage.problems, ...pictures].map((line) => `\n  ${line}`).join("");
    say({ failed: `${error.stack}\n${seen}` });
  } finally {
    clearTimeout(timer);
    await stage.close({ failed });
  }
}

const [executablePath] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
say({ turn: "ready" });
for (let line; !(line = await lines.next()).done;) await play(browser, JSON.parse(line.value));
await browser.close();
