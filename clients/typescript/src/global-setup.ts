import process from "node:process";
import { startWavetank, type WavetankOptions } from "./wavetank.js";

const STOP = Symbol.for("wavetank.stop");

/** Start one server for all test files, or use that of `WAVETANK_URL`. Returns the function that stops it. */
export async function startForAll(options: WavetankOptions = {}): Promise<() => Promise<void>> {
  const wavetank = await startWavetank(options);
  const { controlToken, password } = options;
  const isOwn = wavetank.start !== undefined;
  // The first sign-in of a server takes longer than others. Without this, the first test would wait for it.
  if (isOwn) await wavetank.withWorkspace((workspace) => workspace.token());
  const restore = setVariables({
    WAVETANK_URL: wavetank.url,
    ...(isOwn || controlToken !== undefined ? { WAVETANK_CONTROL_TOKEN: controlToken } : {}),
    ...(isOwn || password !== undefined ? { WAVETANK_PASSWORD: password } : {}),
  });
  const stop = async (): Promise<void> => {
    restore();
    await wavetank.stop();
  };
  (globalThis as { [STOP]?: typeof stop })[STOP] = stop;
  return stop;
}

/** The `globalSetup` of vitest, jest and Playwright. */
export default function setup(): Promise<() => Promise<void>> {
  return startForAll();
}

/** Set variables for the processes that run the tests. Returns the function that gives them their former values. */
function setVariables(values: Record<string, string | undefined>): () => void {
  const former = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  return () => {
    setVariables(former);
  };
}
