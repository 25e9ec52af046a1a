import { type ComponentType, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { notify } from "../stores/ui";

/** A component in a file of its own, fetched when it is first shown. */
export function lazy<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (module) => {
          loaded = module.default;
          redraw((count) => count + 1);
        },
        // The network is away, or the server has a newer page with other files.
        () => notify("This part could not be loaded. Reload the page."),
      );
    }, []);
    return loaded ? h(loaded as ComponentType<object>, props) : null;
  };
}
