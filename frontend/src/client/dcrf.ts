import * as dcrf from "dcrf-client";
import type { DCRFClient } from "dcrf-client";

interface Options {
  url: () => Promise<string>;
  WebSocket?: unknown;
}

type Factory = { createClient(url: unknown, options: object): DCRFClient };

/**
 * dcrf-client is CommonJS with an `exports.default`; where its factory ends up depends on who
 * loads it (Node, Vite's dev server, the bundler).
 */
function factory(): Factory {
  let found = dcrf as unknown as { default?: unknown; createClient?: unknown };
  while (found && !found.createClient) found = found.default as typeof found;
  return found as Factory;
}

/** The URL function decides when to connect, so reconnecting-websocket adds no delay of its own. */
export function createDcrfClient({ url, WebSocket }: Options): DCRFClient {
  return factory().createClient(url, {
    websocket: {
      minReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      reconnectionDelayGrowFactor: 1,
      connectionTimeout: 10_000,
      // What could not be sent is for the outbox to repeat, and not to be sent unasked much later.
      maxEnqueuedMessages: 0,
      ...(WebSocket ? { WebSocket } : {}),
    },
  });
}
