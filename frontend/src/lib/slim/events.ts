/** Node's `events`, which browsers lack, as far as dcrf-client uses it: on and emit. */
export class EventEmitter {
  private handlers = new Map<string, ((value: unknown) => void)[]>();

  on(name: string, handler: (value: unknown) => void): this {
    this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
    return this;
  }

  emit(name: string, value?: unknown): boolean {
    const handlers = this.handlers.get(name) ?? [];
    for (const handler of handlers) handler(value);
    return handlers.length > 0;
  }
}
