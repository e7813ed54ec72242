import { beforeAll, test as base, type TestAPI } from "vitest";
import { printJournal, sharedWavetank, type Wavetank } from "./wavetank.js";
import type { Workspace, WorkspaceOptions } from "./workspace.js";

export interface WavetankFixtures {
  /** The server: that of `WAVETANK_URL`, or one that is started for this process. */
  wavetank: Wavetank;
  /** What `workspace` is created with: `test.extend({ workspaceOptions: { now: "2026-09-01T12:00:00Z" } })`. */
  workspaceOptions: WorkspaceOptions;
  /** A new workspace with a frozen clock. It is deleted after the test. */
  workspace: Workspace;
}

const START_TIMEOUT = 60_000;

// A test has less time than a server may need to start.
beforeAll(async () => {
  await sharedWavetank();
}, START_TIMEOUT);

/** The `test` of vitest, with the fixtures `workspace` and `wavetank`. */
export const test: TestAPI<WavetankFixtures> = base.extend<WavetankFixtures>({
  wavetank: async ({}, use) => {
    await use(await sharedWavetank());
  },
  workspaceOptions: async ({}, use) => {
    await use({});
  },
  workspace: async ({ wavetank, workspaceOptions, task }, use) => {
    const workspace = await wavetank.createWorkspace(workspaceOptions);
    await use(workspace);
    if (task.result?.state === "fail") await printJournal(workspace);
    await workspace.delete();
  },
});

export const it: TestAPI<WavetankFixtures> = test;
