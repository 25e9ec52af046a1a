import { Component, type ComponentType, type FunctionComponent, h } from "preact";

/** Draws again only when a property is another one; for the rows of long lists. */
export function memo<Props extends object>(Inner: FunctionComponent<Props>): ComponentType<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const old = this.props as Record<string, unknown>;
      return Object.entries(next).some(([key, value]) => old[key] !== value);
    }

    override render() {
      return h(Inner, this.props as never);
    }
  };
}
