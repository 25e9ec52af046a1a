import { createParley } from "./client";

/** The one client of this page. VITE_PARLEY_ORIGIN names a server elsewhere. */
export const parley = createParley({
  origin: (import.meta.env.VITE_PARLEY_ORIGIN as string | undefined) || location.origin,
});
