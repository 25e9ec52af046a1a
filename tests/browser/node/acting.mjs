// What one does with messages; by mouse, by keyboard alone, and on a phone.
import { PHONE } from "./stage.mjs";

export async function deeds(stage, settings) {
  const [alice, bob] = await stage.pair(settings);
  await alice.send("frist draft");
  await alice.sees("frist draft", "sent");
  await alice.box.press("ArrowUp");
  await alice.page.getByText("Editing your message").waitFor();
  await alice.box.fill("first draft");
  await alice.box.press("Enter");
  await bob.row("first draft").getByText("(edited)").waitFor();

  await bob.act("first draft", "Reply");
  await bob.send("well done");
  await alice.row("well done").locator(".quote", { hasText: "first draft" }).waitFor();

  await alice.act("well done", "React");
  await alice.button("party").click();
  await bob.row("well done").getByRole("button", { name: "🎉 1" }).click();
  const reaction = alice.row("well done").getByRole("button", { name: "🎉 2" });
  await reaction.waitFor();
  return {
    mine: await reaction.getAttribute("aria-pressed"),
    alice: await alice.reads(),
    bob: await bob.reads(),
  };
}

export async function deleting(stage, settings) {
  const [alice, bob] = await stage.pair(settings);
  await alice.send("kept after all");
  await bob.sees("kept after all");
  await alice.act("kept after all", "Delete");
  await alice.row("kept after all").waitFor({ state: "detached" });
  await alice.button("Undo").click();
  await alice.sees("kept after all", "sent");

  await alice.send("away with it");
  await bob.sees("away with it");
  await alice.act("away with it", "Delete");
  await bob.page.waitForTimeout(500);
  const stillThere = await bob.row("away with it").count();
  // It is carried out wherever one goes meanwhile.
  await alice.page.getByRole("link", { name: "Parley" }).click();
  await bob.log.getByText("Message deleted").waitFor();
  return { stillThere };
}

export async function keyboard(stage, { alice, room }) {
  const person = await stage.enter();
  const { page } = person;
  const focused = () =>
    page.evaluate(() => {
      const { ariaLabel, labels, textContent } = document.activeElement;
      return (ariaLabel ?? labels?.[0]?.textContent ?? textContent).trim();
    });
  const path = [];
  async function tabTo(name) {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press("Tab");
      if ((await focused()).includes(name)) return path.push(name);
    }
    throw new Error(`${name} is not reached by Tab`);
  }
  await page.goto(`${stage.url}/sign-in`);
  await page.getByRole("form", { name: "Sign in" }).waitFor();
  await tabTo("Username");
  await page.keyboard.type(alice.username);
  await tabTo("Password");
  await page.keyboard.type(alice.password);
  await page.keyboard.press("Enter");
  await person.isShown("Live");
  await person.roomLink(room).waitFor();
  await tabTo("Find or open by name");
  await tabTo(room);
  await page.keyboard.press("Enter");
  await person.box.waitFor();
  if ((await focused()) !== "Message") await tabTo("Message");
  await page.keyboard.type("no mouse");
  await tabTo("Send");
  await page.keyboard.press("Enter");
  await person.sees("no mouse", "sent");

  await person.log.focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("r");
  await page.getByText(/^Replying to/).waitFor();
  await page.keyboard.type("and a reply");
  await page.keyboard.press("Enter");
  await person.row("and a reply").locator(".quote").waitFor();
  return { path, focused: await focused() };
}

export async function phone(stage, { alice, room }) {
  const person = await stage.signedIn(alice, PHONE);
  const overflow = {};
  await person.roomLink(room).waitFor();
  overflow.list = await person.overflow();
  await person.roomLink(room).tap();
  await person.box.fill("from the tram, ".repeat(12) + "x".repeat(200));
  await person.button("Send").tap();
  await person.sees("from the tram", "sent");
  overflow.room = await person.overflow();
  await person.row("from the tram").tap();
  await person.row("from the tram").getByRole("button", { name: "Reply" }).tap();
  await person.send("and an answer");
  await person.sees("and an answer", "sent");
  await person.button(/^People/).tap();
  await person.page.getByRole("heading", { name: "People" }).waitFor();
  overflow.panel = await person.overflow();
  await person.button("Close").tap();
  await person.page.getByRole("link", { name: "Back to the list" }).tap();
  await person.roomLink(room).waitFor();
  const listed = await person.box.isVisible();
  return { overflow, composerBesideList: listed };
}

/**
 * Goes up in small steps, and now and then with a leap to the top. A page of older messages takes
 * its time, so that it comes while what stood at the top is read.
 */
export async function history(stage, { alice, room, last }) {
  const person = await stage.regular(alice);
  await person.open(room);
  await person.sees(last);
  return person.page.evaluate(async () => {
    const log = document.querySelector(".log");
    const articles = () => [...log.querySelectorAll("article")];
    const frame = () => new Promise(requestAnimationFrame);
    const top = log.getBoundingClientRect().top;
    // The lower edge: who is named above a message changes when older ones join its group.
    const bottom = (row) => row.getBoundingClientRect().bottom;
    const firstVisible = () => articles().find((row) => bottom(row) > top + 20);

    const fetchNow = window.fetch;
    window.fetch = async (...request) => {
      const answer = await fetchNow(...request);
      await new Promise((resolve) => setTimeout(resolve, 150));
      return answer;
    };

    const atFirst = articles().length;
    const distance = log.scrollHeight - log.scrollTop - log.clientHeight;
    const jumps = [];
    for (let step = 1; step < 1_000 && !log.querySelector(".beginning"); step++) {
      const leap = step % 20 === 0;
      if (leap) {
        log.scrollTop = 0;
        for (let wait = 3; wait > 0; wait--) await frame(); // what comes into view is drawn
      }
      const row = firstVisible();
      const before = bottom(row);
      const wish = leap ? 0 : Math.min(120, log.scrollTop);
      log.scrollTop -= wish;
      // A row gets its real height in one frame and is evened out in it: painted is the end of it.
      for (let wait = leap ? 20 : 3; wait > 0; wait--) await frame();
      jumps.push({ step, leap, by: Math.abs(bottom(row) - before - wish) });
    }
    const worst = jumps.sort((a, b) => b.by - a.by).slice(0, 5);
    const seqs = articles().map((row) => Number(row.dataset.seq));
    return { atFirst, distance, worst, steps: jumps.length, seqs };
  });
}
