/** Loads of many small things at once, such as one for each row: a few at a time, so that others need not wait. */

const SLOTS = 3;
let taken = 0;
const waiting: (() => void)[] = [];

/** Runs a load as soon as fewer than three others are under way. */
export async function limited<T>(load: () => Promise<T>): Promise<T> {
  if (taken >= SLOTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else taken++;
  try {
    return await load();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else taken--;
  }
}
