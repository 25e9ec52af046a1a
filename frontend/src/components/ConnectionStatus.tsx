import { useEffect, useState } from "preact/hooks";
import type { ConnectionState } from "../client";
import { parley } from "../parley";
import { displayed } from "../stores/connection";

const WORDS: Record<ConnectionState["kind"], string> = {
  idle: "Signed out",
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  offline: "Offline",
  stopped: "Disconnected",
};

/** Says how the line is. The countdown is drawn apart, so that it is not read out each second. */
export function ConnectionStatus() {
  const state = displayed.value;
  return (
    <div class="connection" data-state={state.kind}>
      <span class="connection-dot" aria-hidden="true" />
      <span role="status" aria-label="Connection">
        {WORDS[state.kind]}
      </span>
      {state.kind === "reconnecting" && state.retryAt && <Countdown until={state.retryAt} />}
      {state.kind !== "live" && state.kind !== "connecting" && (
        <button type="button" class="link-button" onClick={() => parley.connection.retryNow()}>
          Try now
        </button>
      )}
    </div>
  );
}

function Countdown({ until }: { until: number }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return seconds > 0 ? <span aria-hidden="true">in {seconds} s</span> : null;
}
