/** Exponential back-off with jitter: random, so that clients cut together do not return together. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(30_000, 1_000 * 2 ** attempt);
  // The first retry is quick: most cuts are a restart or a change of network.
  return attempt === 0 ? 100 + random() * 900 : ceiling / 2 + (random() * ceiling) / 2;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
