// Signing in, and what two people do with each other.

export async function register(stage, { newcomer }) {
  const { username, password, display_name } = newcomer;
  const person = await stage.enter();
  const { page } = person;
  await page.goto(stage.url);
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Display name").fill(display_name);
  await page.getByLabel("Password").fill(password);
  await person.button("Create account").click();
  await person.isShown("Live");
  await page.reload();
  await person.isShown("Live");
  const account = await person.button(/^Your account/).innerText();

  await person.button(/^Your account/).click();
  await person.button("Sign out").click();
  await page.getByRole("form", { name: "Sign in" }).waitFor();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill("something else");
  await person.button("Sign in").click();
  const refusal = await page.getByRole("alert").innerText();
  await person.signIn(newcomer);
  return { account, refusal };
}

export async function talk(stage, settings) {
  const [alice, bob] = await stage.pair(settings);
  for (const round of [1, 2, 3]) {
    await alice.send(`question ${round}`);
    await bob.sees(`question ${round}`);
    await bob.send(`answer ${round}`);
    await alice.sees(`answer ${round}`);
  }
  await alice.box.fill("two lines:");
  await alice.box.press("Shift+Enter");
  await alice.page.keyboard.type("the second");
  await alice.button("Send").click();
  await bob.sees("the second");
  await alice.sees("the second", "sent");
  return { alice: await alice.reads(), bob: await bob.reads() };
}

export async function unread(stage, { alice, bob, room, other }) {
  const [reader, writer] = await Promise.all([stage.regular(alice), stage.regular(bob)]);
  await Promise.all([reader.open(room), writer.open(other)]);
  const link = reader.roomLink(other);
  await writer.send("for all to read");
  await link.filter({ hasText: "1 unread" }).waitFor();
  await writer.send(`for you, @${alice.username}`);
  await link.filter({ hasText: "2 unread, 1 to you" }).waitFor();
  const title = await reader.page.title();
  await link.click();
  await reader.sees("for you");
  await reader.roomLink(other).filter({ hasNotText: "unread" }).waitFor();
  return { title };
}

export async function byName(stage, { alice, bob, name }) {
  const [maker, guest] = await Promise.all([stage.regular(alice), stage.regular(bob)]);
  for (const person of [maker, guest]) {
    await person.page.goto(stage.url);
    await person.isShown("Live");
  }
  await maker.page.keyboard.press("Control+k");
  await maker.page.keyboard.type(name);
  await maker.page.keyboard.press("Enter");
  await maker.page.getByRole("dialog").getByRole("button", { name: "Make room" }).click();
  await maker.page.getByRole("heading", { name }).waitFor();
  await maker.send("anybody here?");
  await maker.sees("anybody here?", "sent");

  await guest.page.getByLabel("Find or open by name").fill(name.toUpperCase());
  await guest.page.keyboard.press("Enter");
  await guest.sees("anybody here?");
  await guest.send("I am");
  await maker.sees("I am");
  return { address: new URL(guest.page.url()).pathname };
}

export async function evil(stage, { alice, bob, room, text }) {
  const [writer, reader] = await stage.pair({ alice, bob, room });
  await writer.send(text);
  await reader.sees(text);
  await reader.act(text, "Reply");
  const quoted = await reader.page.getByText(/^Replying to/).innerText();
  await reader.send("what was that?");
  await writer.sees("what was that?");
  const ran = () => window.pwned ?? null;
  return {
    quoted,
    shown: await reader.row(text).first().locator(".text").innerText(),
    made: await reader.page.locator(".log img, .log script, .rooms img").count(),
    ran: [await writer.page.evaluate(ran), await reader.page.evaluate(ran)],
  };
}
