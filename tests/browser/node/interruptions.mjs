// The line is cut, the server restarts, the token ends: and everything goes on.

export async function restart(stage, settings, turn) {
  const [alice, bob] = await stage.pair(settings);
  await alice.send("before");
  await bob.sees("before");
  await turn("stop the server");
  await Promise.all([alice.isShown("Reconnecting"), bob.isShown("Reconnecting")]);
  await alice.send("during, one");
  await alice.send("during, two");
  await alice.sees("during, two", "sending");
  const meanwhile = await alice.reads();
  await turn("start the server");
  await Promise.all([alice.isShown("Live"), bob.isShown("Live")]);
  await alice.sees("during, two", "sent");
  await bob.send("after");
  await alice.sees("after");
  await bob.sees("during, two");
  return { meanwhile, alice: await alice.reads(), bob: await bob.reads() };
}

export async function offline(stage, settings) {
  const [alice, bob] = await stage.pair(settings);
  await alice.send("before");
  await bob.sees("before");
  await alice.context.setOffline(true);
  await alice.isShown("Offline");
  await alice.send("from the tunnel");
  await alice.sees("from the tunnel", "sending");
  await bob.send("where are you?");
  await bob.sees("where are you?", "sent");
  const meanwhile = { alice: await alice.reads(), bob: await bob.reads() };
  await alice.context.setOffline(false);
  await alice.isShown("Live");
  await alice.sees("from the tunnel", "sent");
  await alice.sees("where are you?");
  await bob.sees("from the tunnel");
  return { meanwhile, alice: await alice.reads(), bob: await bob.reads() };
}

export async function reload(stage, { alice, room }) {
  const person = await stage.regular(alice);
  await person.open(room);
  await person.context.setOffline(true);
  await person.isShown("Offline");
  await person.send("kept over a reload");
  await person.sees("kept over a reload", "sending");
  // A page cannot be fetched offline: another tab stands for the reload that follows.
  await person.page.close();
  await person.context.setOffline(false);
  const again = await stage.tab(person.context);
  await again.open(room);
  await again.sees("kept over a reload", "sent");
  return { reads: await again.reads() };
}

export async function expiry(stage, { alice, room, seconds }) {
  const person = await stage.enter();
  const { page } = person;
  let sockets = 0;
  const refused = [];
  page.on("websocket", () => sockets++);
  page.on("response", (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
  });
  await page.goto(`${stage.url}/sign-in`);
  await person.signIn(alice);
  await person.roomLink(room).click();
  await person.box.waitFor();
  const words = new Set();
  const until = Date.now() + seconds * 1_000;
  for (let tick = 1; Date.now() < until; tick++) {
    await person.send(`tick ${tick}`);
    await person.sees(`tick ${tick}`, "sent");
    words.add(await person.connection.innerText());
    await page.waitForTimeout(600);
  }
  // REST has to renew its token too.
  await person.button(/^People/).click();
  await page.getByRole("list", { name: "Here now" }).getByText(alice.username).first().waitFor();
  return { reads: await person.reads(), sockets, words: [...words], refused };
}
