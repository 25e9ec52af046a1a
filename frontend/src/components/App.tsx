import { useEffect } from "preact/hooks";
import { totals } from "../stores/rooms";
import { route } from "../stores/router";
import { phase } from "../stores/session";
import { Announcer, Notices } from "./Notices";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

export function App() {
  const { unread, mentions } = totals.value;
  useEffect(() => {
    const count = mentions || unread;
    document.title = count ? `(${count}) Parley` : "Parley";
  }, [unread, mentions]);

  return (
    <>
      {phase.value === "in" ? <Shell /> : <SignIn register={route.value.page === "register"} />}
      <Notices />
      <Announcer />
    </>
  );
}
