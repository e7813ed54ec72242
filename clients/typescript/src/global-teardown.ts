const STOP = Symbol.for("wavetank.stop");

/** Stop the server that `wavetank/global-setup` has started: the `globalTeardown` of jest. */
export default async function teardown(): Promise<void> {
  await (globalThis as { [STOP]?: () => Promise<void> })[STOP]?.();
}
