// Fails when the JavaScript of the first load (the entry and what it imports statically) is too big.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 40_000;
const dist = new URL("../dist/", import.meta.url);
const html = readFileSync(new URL("index.html", dist), "utf8");

const seen = new Map();
function add(path) {
  if (seen.has(path)) return;
  const source = readFileSync(new URL(path, dist));
  seen.set(path, gzipSync(source, { level: 9 }).length);
  for (const [, name] of source
    .toString()
    .matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) {
    add(`assets/${name}`);
  }
}
for (const [, path] of html.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)) add(path);

let total = 0;
for (const [path, size] of seen) {
  total += size;
  console.log(`${String(size).padStart(7)}  ${path}`);
}
console.log(
  `${String(total).padStart(7)}  bytes of JavaScript on first load, gzipped (limit ${LIMIT})`,
);
if (total === 0 || total > LIMIT) process.exit(1);
