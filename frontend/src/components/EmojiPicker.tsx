import { useEffect, useRef } from "preact/hooks";

const EMOJI = [
  ["👍", "thumbs up"],
  ["❤️", "heart"],
  ["😂", "tears of joy"],
  ["🎉", "party"],
  ["🙏", "thanks"],
  ["👀", "eyes"],
  ["😀", "smile"],
  ["😉", "wink"],
  ["😍", "love"],
  ["🤔", "thinking"],
  ["😮", "surprised"],
  ["😢", "sad"],
  ["👎", "thumbs down"],
  ["👏", "clapping"],
  ["🙌", "raised hands"],
  ["💪", "strong"],
  ["🔥", "fire"],
  ["🚀", "rocket"],
  ["✅", "done"],
  ["❌", "cross"],
  ["❓", "question"],
  ["💡", "idea"],
  ["☕", "coffee"],
  ["🐛", "bug"],
] as const;

interface Props {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

export default function EmojiPicker({ onPick, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector("button")?.focus();
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...box.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -6,
      ArrowDown: 6,
    };
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      box.current?.closest<HTMLElement>(".message")?.focus();
      onClose();
    } else if (event.key in steps) {
      event.preventDefault();
      buttons[(at + steps[event.key]! + buttons.length) % buttons.length]?.focus();
    }
  }

  return (
    <div
      class="emoji-picker"
      role="group"
      aria-label="Pick a reaction"
      ref={box}
      onKeyDown={onKeyDown}
    >
      {EMOJI.map(([emoji, name]) => (
        <button
          key={emoji}
          type="button"
          aria-label={name}
          title={name}
          onClick={() => onPick(emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
