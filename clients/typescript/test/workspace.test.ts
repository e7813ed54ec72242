import { expect, vi } from "vitest";
import { SignInError, withWorkspace, type Workspace } from "../src/index.js";
import { test as base } from "../src/vitest.js";

const NOW = "2026-09-01T12:00:00Z";
const RESULTS = { params: { query: { eid: "evt_abc123", partner_id: "partner-id-acme" } } };
const test = base.extend({ workspaceOptions: { now: NOW } });

async function readStatus(workspace: Workspace, signsInAgain: boolean): Promise<number[]> {
  const api = workspace.apiAs({ signsInAgain });
  const statuses = [(await api.GET("/partners/")).response.status];
  await workspace.clock.advance({ days: 1 });
  statuses.push((await api.GET("/partners/")).response.status);
  await workspace.control.resetWorkspace();
  statuses.push((await api.GET("/partners/")).response.status);
  return statuses;
}

test("a workspace is new, and its clock is frozen at the given time", async ({ workspace }) => {
  expect((await workspace.control.getClock()).mode).toBe("frozen");
  expect(await workspace.clock.now()).toEqual(new Date(NOW));
  expect(await workspace.journal.list()).toEqual([]);
});

test("the client signs in again after the token has expired, and after a reset", async ({ workspace }) => {
  expect(await readStatus(workspace, true)).toEqual([200, 200, 200]);
});

test("the client keeps its token if it does not sign in again", async ({ workspace }) => {
  expect(await readStatus(workspace, false)).toEqual([200, 401, 401]);
});

test("no refused request of the client stands in the journal", async ({ workspace }) => {
  await workspace.api.GET("/partners/");
  await workspace.clock.advance({ days: 1 });
  await workspace.faults.add({ operation: "listCampaignResults", nth: 2, status: 503 });
  const read = () => workspace.api.GET("/campaign_results/", RESULTS);
  expect((await read()).data?.[0]?.created_at).toBe("2026-09-02T08:00:00Z");
  expect((await read()).response.status).toBe(503);
  const counts = (["signIn", "listCampaignResults"] as const).map((operation) => ({ operation, count: 2 }));
  expect(await workspace.journal.verify(counts)).toMatchObject({ verified: true });
  expect((await workspace.faults.list())[0]).toMatchObject({ matched: 2, applied: 1 });
  expect(await workspace.journal.list({ status: 401 })).toEqual([]);
});

test("requests that are not as expected are reported", async ({ workspace }) => {
  await workspace.api.GET("/partners/");
  await workspace.journal.verify(["signIn", "getPartner"], { inOrder: true });
  await expect(workspace.journal.verify(["getPartner", "signIn"], { inOrder: true })).rejects.toThrow("not met: signIn");
  await expect(workspace.journal.verify(["getEvaluation", { operation: "signIn", count: 1 }])).rejects.toThrow(
    /^not met: getEvaluation, at least 1; found 0\n  request 1: .*\n  request 2: .*\nok: signIn, exactly 1; found 1$/,
  );
});

test("a fault rule has the members that are given", async ({ workspace }) => {
  await workspace.faults.add({ id: "slow", partner: "partner-id-acme", latency: { fixed: 5 }, times: 3 });
  const [rule] = await workspace.faults.list();
  expect(rule).toMatchObject({ id: "slow", match: { partner: "partner-id-acme" }, effect: { latency: { fixed: 5 } }, times: 3 });
  // @ts-expect-error: there is no operation of this name
  const misspelt = workspace.faults.add({ operation: "getEvaluations", status: 503 });
  await expect(misspelt).rejects.toThrow("did you mean getEvaluation?");
  await workspace.faults.clear();
  expect(await workspace.faults.list()).toEqual([]);
});

test("the requests as text say why one was refused", async ({ workspace }) => {
  await workspace.api.GET("/events/", { params: { query: { limit: 0 } } });
  expect(await workspace.journal.format()).toMatch(/ 400 GET \S+\?limit=0 listEvents\n    error\.\S+\n    .*limit.*$/);
});

test("nothing depends on the fetch of the environment, which may be that of a page", async ({ wavetank }) => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Cross-Origin Request Blocked")));
  for (const name of ["Headers", "Request", "Response"]) vi.stubGlobal(name, undefined);
  const read = ({ api }: Workspace) => api.GET("/campaign_results/", RESULTS);
  const { response } = await wavetank.withWorkspace(read).finally(() => vi.unstubAllGlobals());
  expect(response.status).toBe(200);
});

test("an aborted request and a closed connection are rejected as by fetch", async ({ workspace }) => {
  const signal = AbortSignal.abort();
  await expect(workspace.api.GET("/partners/", { signal })).rejects.toThrow("aborted");
  await workspace.faults.add({ operation: "getPartner", reset: true });
  await expect(workspace.api.GET("/partners/")).rejects.toThrow("fetch failed");
});

test("requests at the same time share one sign-in", async ({ workspace }) => {
  const all = await Promise.all([1, 2, 3].map(() => workspace.api.GET("/partners/")));
  expect(all.map(({ response }) => response.status)).toEqual([200, 200, 200]);
  expect((await workspace.journal.list({ operation: "signIn" })).length).toBe(1);
});

test("another user signs in, for one of its partners", async ({ workspace }) => {
  const api = workspace.apiAs({ user: "agency@acme.example", partner: "partner-id-beta" });
  expect((await api.GET("/partners/")).data).toMatchObject({ id: "partner-id-beta" });
});

test("a sign-in that fails says why, and is tried again", async ({ workspace }) => {
  const api = workspace.apiAs("disabled@acme.example");
  for (const _ of [1, 2]) await expect(api.GET("/partners/")).rejects.toThrow(/^disabled@acme\.example cannot sign in: 4/);
  await expect(workspace.apiAs("mfa@acme.example").GET("/partners/")).rejects.toBeInstanceOf(SignInError);
  expect((await api.GET("/status/")).response.status).toBe(200);
});

test("a token is for the application under test", async ({ workspace }) => {
  const headers = { authorization: `Bearer ${await workspace.token()}` };
  expect((await fetch(`${workspace.platformUrl}/partners/`, { headers })).status).toBe(200);
});

test("the clock is moved", async ({ workspace }) => {
  const { clock } = workspace;
  expect((await clock.next()).now).toBe("2026-09-02T08:00:00Z");
  expect(await clock.set(new Date("2026-09-03T00:00:00Z"))).toEqual(new Date("2026-09-03T00:00:00Z"));
  expect(await clock.untilIdle({ hours: 1 })).toMatchObject({ idle: true });
  expect((await clock.advance("1w2d3h")).now).toBe("2026-09-12T03:00:00Z");
  await expect(clock.advance("a day")).rejects.toThrow('not a duration such as 14d, 90s or 1h30m: "a day"');
  await clock.run(60);
  expect(await workspace.control.getClock()).toMatchObject({ mode: "running", speed: 60 });
  await clock.freeze();
  expect(await workspace.control.getClock()).toMatchObject({ mode: "frozen" });
});

test("a workspace is deleted after the work, also after work that fails", async ({ wavetank }) => {
  const listNames = async () => (await wavetank.control.listWorkspaces()).map(({ name }) => name);
  const before = await listNames();
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(await withWorkspace((workspace) => workspace.name, { seed: 7 })).toMatch(/^w\d+$/);
  const failing = withWorkspace(async ({ api }) => {
    await api.GET("/partners/");
    throw new Error("the work failed");
  });
  await expect(failing).rejects.toThrow("the work failed");
  expect(await listNames()).toEqual(before);
  expect(printed.mock.calls.join()).toMatch(/1 \S+ 200 POST \/api\/v3\/auth signIn\n2 \S+ 200 GET \/api\/v3\/partners\/ getPartner$/);
});

test("a workspace that does not exist any more is deleted without an error", async ({ workspace, wavetank }) => {
  await wavetank.workspace(workspace.name).delete();
  await workspace.delete();
});
