import { announcement, dismiss, notices } from "../stores/ui";
import { IconButton } from "./Icon";

export function Notices() {
  return (
    <div class="notices" role="status" aria-label="Notices">
      {notices.value.map(({ id, text, action }) => (
        <div class="notice" key={id}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              class="link-button"
              onClick={() => {
                action.run();
                dismiss(id);
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}

/** New messages for screen readers; the log itself stays quiet, since old ones are loaded into it. */
export function Announcer() {
  return (
    <div class="visually-hidden" aria-live="polite">
      {announcement.value}
    </div>
  );
}
