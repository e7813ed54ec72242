/** What the tab remembers: values in sessionStorage, which end with the tab. */

const PREFIX = "wavetank";

/** Reads a value, or null if there is none or the browser has no storage. */
export function recall<T>(key: string): T | null {
  try {
    const text = sessionStorage.getItem(`${PREFIX}:${key}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

/** Keeps a value; null removes it. */
export function remember(key: string, value: unknown): void {
  try {
    if (value === null) sessionStorage.removeItem(`${PREFIX}:${key}`);
    else sessionStorage.setItem(`${PREFIX}:${key}`, JSON.stringify(value));
  } catch {
    // Without storage, the value lives as long as the page.
  }
}
