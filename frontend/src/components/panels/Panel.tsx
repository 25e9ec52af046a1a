import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { panel } from "../../stores/ui";
import { IconButton } from "../Icon";

/** The frame of what opens beside the room. */
export function Panel({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const box = heading.current!.closest(".panel")!;
    (box.querySelector<HTMLElement>("input[type=search]") ?? heading.current!).focus();
  }, []);
  return (
    <aside class="panel" aria-label={title}>
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {title}
        </h2>
        <IconButton icon="close" label="Close" onClick={() => (panel.value = null)} />
      </header>
      <div class="panel-body">{children}</div>
    </aside>
  );
}
