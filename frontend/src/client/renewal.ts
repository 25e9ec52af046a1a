/** Sees to it that an open socket is given a fresh token before its own ends. */
export class Renewal {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;
  private clockSkew = 0;

  /** `hand` gives the socket a fresh token and says until when it is good; null: no use. */
  constructor(private readonly hand: () => Promise<string | null>) {}

  start(serverTime: string, expiresAt: string): void {
    // Only differences of the server's times are used: this machine's clock may be wrong.
    this.clockSkew = Date.parse(serverTime) - Date.now();
    this.schedule(expiresAt);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.due = Infinity;
  }

  /** `token_expiring`: the timer has usually seen to it; but in a hidden tab timers come late. */
  warned(): void {
    if (Date.now() > this.due - 5_000) void this.run();
  }

  private schedule(expiresAt: string): void {
    const left = Date.parse(expiresAt) - (Date.now() + this.clockSkew);
    if (!(left > 0)) return;
    const wait = Math.max(left - 60_000, left / 2);
    clearTimeout(this.timer);
    this.due = Date.now() + wait;
    this.timer = setTimeout(() => void this.run(), wait);
  }

  private async run(): Promise<void> {
    this.stop();
    try {
      const expiresAt = await this.hand();
      if (expiresAt) this.schedule(expiresAt);
    } catch {
      // The socket will be closed with 4401 at its token's end, and come back with a new one.
    }
  }
}
