import { signal } from "@preact/signals";
import type { Pk } from "../client";
import { explain } from "../lib/errors";
import { notify } from "./ui";

const UNDO_MS = 5_000;

/** Messages that vanish at once and are deleted when the time for undoing has passed. */
export class Deletions {
  readonly hidden = signal<ReadonlySet<Pk>>(new Set());
  private timers = new Map<Pk, ReturnType<typeof setTimeout>>();

  constructor(private readonly remove: (pk: Pk) => Promise<void>) {}

  add(pk: Pk): void {
    if (this.timers.has(pk)) return;
    this.hide(pk, true);
    this.timers.set(
      pk,
      setTimeout(() => void this.carryOut(pk), UNDO_MS),
    );
    notify("Message deleted.", { label: "Undo", run: () => this.undo(pk) }, UNDO_MS);
  }

  /** Leaving the page or the room must not turn "deleted" into "not deleted". */
  flush(): void {
    for (const pk of [...this.timers.keys()]) void this.carryOut(pk);
  }

  private undo(pk: Pk): void {
    if (!this.timers.has(pk)) return;
    this.forget(pk);
    this.hide(pk, false);
  }

  private async carryOut(pk: Pk): Promise<void> {
    this.forget(pk);
    try {
      await this.remove(pk);
    } catch (error) {
      notify(`It could not be deleted. ${explain(error)}`);
    }
    this.hide(pk, false);
  }

  private forget(pk: Pk): void {
    clearTimeout(this.timers.get(pk));
    this.timers.delete(pk);
  }

  private hide(pk: Pk, on: boolean): void {
    const next = new Set(this.hidden.value);
    if (on) next.add(pk);
    else next.delete(pk);
    this.hidden.value = next;
  }
}
