import process from "node:process";
import { startWavetank } from "./wavetank.js";

const STOP = Symbol.for("wavetank.stop");

/**
 * Start one server for all test files, or use that of `WAVETANK_URL`: the `globalSetup` of vitest, jest and Playwright.
 * Returns the function that stops it.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const wavetank = await startWavetank();
  // The first sign-in of a server takes longer than others. Without this, the first test would wait for it.
  if (wavetank.start !== undefined) await wavetank.withWorkspace((workspace) => workspace.token());
  const previous = process.env.WAVETANK_URL;
  process.env.WAVETANK_URL = wavetank.url;
  const stop = async (): Promise<void> => {
    if (previous === undefined) delete process.env.WAVETANK_URL;
    else process.env.WAVETANK_URL = previous;
    await wavetank.stop();
  };
  (globalThis as { [STOP]?: typeof stop })[STOP] = stop;
  return stop;
}
