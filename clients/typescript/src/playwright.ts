import {
  test as base,
  type PlaywrightTestArgs,
  type PlaywrightTestOptions,
  type PlaywrightWorkerArgs,
  type PlaywrightWorkerOptions,
  type TestType,
} from "@playwright/test";
import { startWavetank, type Wavetank } from "./wavetank.js";
import type { Workspace, WorkspaceOptions } from "./workspace.js";

export interface WavetankFixtures {
  /** What `workspace` is created with: `test.use({ workspaceOptions: { now: "2026-09-01T12:00:00Z" } })`. */
  workspaceOptions: WorkspaceOptions;
  /** A new workspace with a frozen clock. It is deleted after the test. */
  workspace: Workspace;
}

export interface WavetankWorkerFixtures {
  /** The server: that of `WAVETANK_URL`, or one that is started for this worker. */
  wavetank: Wavetank;
}

/** The `test` of Playwright, with the fixtures `workspace` and `wavetank`. */
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & WavetankFixtures,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions & WavetankWorkerFixtures
> = base.extend<WavetankFixtures, WavetankWorkerFixtures>({
  wavetank: [
    async ({}, use) => {
      const wavetank = await startWavetank();
      await use(wavetank);
      await wavetank.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  workspaceOptions: [{}, { option: true }],
  workspace: async ({ wavetank, workspaceOptions }, use, testInfo) => {
    const workspace = await wavetank.createWorkspace(workspaceOptions);
    await use(workspace);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("wavetank-journal", { body: await workspace.journal.format(), contentType: "text/plain" });
    }
    await workspace.delete();
  },
});

export { expect } from "@playwright/test";
