/** What the layer needs of localStorage; replaced by a Map when storage is refused. */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(prefix: string): string[];
}

export function memoryStore(): Store {
  const map = new Map<string, string>();
  return {
    get: (key) => map.get(key) ?? null,
    set: (key, value) => void map.set(key, value),
    remove: (key) => void map.delete(key),
    keys: (prefix) => [...map.keys()].filter((key) => key.startsWith(prefix)),
  };
}

export function localStore(): Store {
  try {
    const probe = "parley:probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
  } catch {
    return memoryStore();
  }
  return {
    get: (key) => localStorage.getItem(key),
    set: (key, value) => {
      try {
        localStorage.setItem(key, value);
      } catch {
        // Full: what is in memory still works until the page is reloaded.
      }
    },
    remove: (key) => localStorage.removeItem(key),
    keys: (prefix) => Object.keys(localStorage).filter((key) => key.startsWith(prefix)),
  };
}

export function readJson<T>(store: Store, key: string): T | null {
  try {
    return JSON.parse(store.get(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** 22 characters out of a `client_id`'s alphabet; `crypto.randomUUID` would need HTTPS. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
}
