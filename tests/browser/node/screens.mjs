// The main screens, one after the other: what axe says of each, whether it fits, and its picture.
import { PHONE } from "./stage.mjs";

export async function screens(stage, { alice, others, room, pictures }) {
  const seen = {};
  async function look(name, person) {
    await person.page.waitForTimeout(150); // for what was just drawn
    seen[name] = { barriers: await person.barriers(), overflow: await person.overflow() };
    if (pictures[name]) await person.page.screenshot({ path: pictures[name] });
  }

  const person = await stage.enter();
  const { page } = person;
  await page.goto(`${stage.url}/sign-in`);
  await page.getByRole("form", { name: "Sign in" }).waitFor();
  await look("sign-in", person);

  const company = await Promise.all(others.map((other) => stage.signedIn(other)));
  for (const other of company) await other.open(room);
  await person.signIn(alice);
  await look("home", person);
  await person.open(room);
  await person.row("the next release").waitFor();
  await look("room-wide", person);

  await person.button(/^People/).click();
  await page.getByRole("list", { name: "Here now" }).getByRole("listitem").first().waitFor();
  await look("members", person);
  await person.button("Find in messages").click();
  await page.getByRole("searchbox", { name: "Words to look for" }).fill("release");
  await page.getByRole("status", { name: "Results" }).filter({ hasText: "found" }).waitFor();
  await look("search", person);
  await person.button("About this room").click();
  await page.getByRole("heading", { name: "About" }).first().waitFor();
  await look("about", person);
  await person.button(/^Your account/).click();
  await page.getByRole("radio", { name: "Dark" }).waitFor();
  await look("settings", person);
  await person.button("New room").click();
  await page.getByRole("dialog").waitFor();
  await look("new-room", person);

  await page.emulateMedia({ colorScheme: "dark" });
  await person.open(room);
  await look("room-dark", person);
  await person.button(/^People/).click();
  await page.getByRole("list", { name: "Here now" }).waitFor();
  await look("members-dark", person);

  const storageState = await person.context.storageState();
  await person.context.setOffline(true); // the session moves to the phone
  const phone = await stage.enter({ ...PHONE, storageState });
  await phone.page.goto(stage.url);
  await phone.roomLink(room).waitFor();
  await look("list-phone", phone);
  await phone.open(room); // not by a tap: its place would stay marked
  await look("room-phone", phone);
  return seen;
}

export async function policy(stage) {
  const person = await stage.enter();
  const answer = await person.page.goto(stage.url);
  await person.page.getByRole("form", { name: "Sign in" }).waitFor();
  const before = stage.problems.length;
  await person.page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
  });
  await person.page.waitForTimeout(200);
  return {
    header: (await answer.allHeaders())["content-security-policy"],
    ran: await person.page.evaluate(() => window.pwned ?? null),
    // Taken out: what this provoked is no problem.
    complaints: stage.problems.splice(before),
  };
}
