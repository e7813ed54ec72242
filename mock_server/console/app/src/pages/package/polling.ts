/** Reads a result again and again, with growing pauses, as a client has to that cannot see when it is new. */

import { useEffect, useState } from "preact/hooks";
import type { Resource } from "../../data/resource";

/** Seconds between two reads, as the platform's documentation advises; after the last one, the reader gives up. */
const PAUSES = [10, 20, 40, 80, 160];

/** Polls while `active`. Returns the seconds of the present pause, or null if no read follows. */
export function usePolling<T>(results: Resource<T>, active: boolean): number | null {
  const [reads, setReads] = useState(0);
  useEffect(() => {
    if (active) setReads(0);
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
  return active ? (PAUSES[reads] ?? null) : null;
}
