// Where scenarios are played: a page per person, with the names that people see for what is on it.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { viewport: { width: 1280, height: 800 } };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

export class Stage {
  /** What the consoles said that they should not: errors, warnings, violations of the policy. */
  problems = [];
  #contexts = [];
  #pages = [];

  /** `known`: contexts of those who have signed in before, by name; they come as they are. */
  constructor(browser, known, { url, results, outage = false }) {
    Object.assign(this, { browser, known, url, results, outage });
  }

  async enter(options = {}) {
    const context = await this.browser.newContext({
      ...WIDE,
      locale: "en-GB",
      timezoneId: "UTC",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(15_000);
    this.#contexts.push(context);
    return this.tab(context);
  }

  async tab(context) {
    const page = await context.newPage();
    this.#pages.push(page);
    page.on("pageerror", (error) => this.problems.push(String(error.stack)));
    page.on("console", (message) => {
      const text = message.text();
      const network = /Failed to load resource|WebSocket connection to/.test(text);
      if (!["error", "warning"].includes(message.type()) || (network && this.outage)) return;
      this.problems.push(`${text} (${message.location().url})`);
    });
    return new Person(page, this.url);
  }

  async signedIn(account, options) {
    const person = await this.enter(options);
    await person.page.goto(`${this.url}/sign-in`);
    await person.signIn(account);
    return person;
  }

  /** Somebody of whom it does not matter how they came in: signing in is slow on purpose. */
  async regular(account) {
    const context = this.known.get(account.username);
    if (context) return this.tab(context);
    const person = await this.signedIn(account);
    this.#contexts.splice(this.#contexts.indexOf(person.context), 1);
    this.known.set(account.username, person.context);
    return person;
  }

  /** Two people, both in the room. */
  async pair({ alice, bob, room }) {
    const both = await Promise.all([this.regular(alice), this.regular(bob)]);
    await Promise.all(both.map((person) => person.open(room)));
    return both;
  }

  async photograph(name) {
    mkdirSync(this.results, { recursive: true });
    return Promise.all(
      this.#pages.map(async (page, index) => {
        const path = `${this.results}/${name}-${index}.png`;
        await page.screenshot({ path });
        return path;
      }),
    );
  }

  async close({ failed }) {
    await Promise.all(this.#pages.map((page) => page.close()));
    const leaving = failed ? [...this.#contexts, ...this.known.values()] : this.#contexts;
    if (failed) this.known.clear();
    await Promise.all(leaving.map((context) => context.close()));
  }
}

export class Person {
  constructor(page, url) {
    Object.assign(this, { page, url, context: page.context() });
    this.log = page.getByRole("log", { name: "Messages" });
    this.box = page.getByRole("textbox", { name: "Message", exact: true });
    this.rooms = page.getByRole("list", { name: "Rooms" });
    this.connection = page.getByRole("status", { name: "Connection" });
  }

  async signIn({ username, password }) {
    const form = this.page.getByRole("form", { name: "Sign in" });
    await form.getByLabel("Username").fill(username);
    await form.getByLabel("Password").fill(password);
    await form.getByRole("button", { name: "Sign in" }).click();
    await this.isShown("Live");
  }

  /** Waits until the status says so. */
  isShown(word) {
    // On a phone the status is there, but only seen when something is wrong.
    return this.connection
      .filter({ hasText: word })
      .waitFor({ state: "attached", timeout: 20_000 });
  }

  async open(room) {
    await this.page.goto(`${this.url}/room/${encodeURIComponent(room)}`);
    await this.box.waitFor();
    await this.isShown("Live");
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  roomLink(name) {
    return this.rooms.getByRole("link", { name });
  }

  async send(text) {
    await this.box.fill(text);
    await this.box.press("Enter");
  }

  row(text) {
    return this.log.locator("article", { hasText: text });
  }

  sees(text, state) {
    const row = state
      ? this.log.locator(`article[data-state="${state}"]`)
      : this.log.locator("article");
    return row.filter({ hasText: text }).first().waitFor({ timeout: 20_000 });
  }

  async act(text, name) {
    await this.row(text).hover();
    await this.row(text).getByRole("button", { name }).click();
  }

  /** The log as it stands: `[state, text]` of each message, from the oldest. */
  reads() {
    return this.log
      .locator("article")
      .evaluateAll((rows) =>
        rows.map((row) => [row.dataset.state ?? null, row.querySelector(".text")?.textContent]),
      );
  }

  /** How many pixels the page can be moved sideways. */
  overflow() {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }

  /** What axe calls serious or critical. */
  async barriers() {
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate(() => axe.run());
    return violations
      .filter(({ impact }) => ["serious", "critical"].includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  }
}
