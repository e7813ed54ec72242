/** Reads a result again and again, with growing pauses, until it is known to be the new one. */

import { useEffect, useState } from "preact/hooks";
import type { Resource } from "../../data/resource";

/** Seconds between two reads, as the platform's documentation advises; after the last one, the reader gives up. */
const PAUSES = [10, 20, 40, 80, 160];

/** What the reader does: how many reads there were, and the seconds until the next one; null after the last. */
export interface Polling {
  reads: number;
  pause: number | null;
}

/** Polls while `active`. When it ends, the result is read once more, because the mock says that it is there. */
export function usePolling<T>(results: Resource<T>, active: boolean): Polling | null {
  const [reads, setReads] = useState(0);
  useEffect(() => {
    if (!active) return undefined;
    setReads(0);
    return () => void results.refresh();
  }, [active, results]);
  useEffect(() => {
    const pause = PAUSES[reads];
    if (!active || pause === undefined) return undefined;
    const timer = setTimeout(() => {
      void results.refresh();
      setReads(reads + 1);
    }, pause * 1000);
    return () => clearTimeout(timer);
  }, [active, reads, results]);
  return active ? { reads, pause: PAUSES[reads] ?? null } : null;
}
