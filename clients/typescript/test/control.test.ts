import { expect } from "vitest";
import { CONTROL_OPERATIONS, ControlError, ServerUnavailableError, startWavetank } from "../src/index.js";
import { findOrigin } from "../src/wavetank.js";
import { test } from "../src/vitest.js";

interface Document {
  paths: Record<string, Record<string, { operationId: string }>>;
}

async function readOperations(controlUrl: string): Promise<Record<string, [string, string]>> {
  const { paths } = (await (await fetch(`${controlUrl}/openapi.json`)).json()) as Document;
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => [operationId, [method.toUpperCase(), path]]),
    ),
  );
}

test("every operation of the control API is a function", async ({ wavetank }) => {
  const operations = await readOperations(wavetank.default.controlUrl);
  expect(CONTROL_OPERATIONS).toEqual(operations);
  expect(Object.keys(wavetank.control).sort()).toEqual(Object.keys(operations).sort());
});

test("a workspace has the operations of its own control API", async ({ workspace }) => {
  const operations = await readOperations(workspace.controlUrl);
  const ofServer = Object.keys(CONTROL_OPERATIONS).filter((id) => !(id in operations));
  expect(Object.keys(workspace.control).sort()).toEqual(Object.keys(operations).sort());
  expect(ofServer.sort()).toEqual([
    "addReport",
    "createTrap",
    "createWorkspace",
    "deleteWorkspace",
    "getHealth",
    "getReport",
    "getServer",
    "getWorkspace",
    "listGotchas",
    "listReports",
    "listWorkspaces",
    "removeReport",
  ]);
});

test("an operation takes path, query and body", async ({ workspace }) => {
  const { control } = workspace;
  const move = await control.advanceClock({ body: { hours: 1 } });
  expect((await control.getClock()).now).toBe(move.now);
  const event = await control.explainEvent({ path: { event_id: "evt_abc123" }, query: { limit: 1, purchases: 0 } });
  expect(JSON.stringify(event)).toContain("evt_abc123");
  expect(await control.clearJournal()).toBeUndefined();
  expect(await control.streamEvents({ header: { "Last-Event-ID": "1" } })).toContain("event: clock");
});

test("a refused control request says what was wrong", async ({ workspace }) => {
  const refused = workspace.control.advanceClock({ body: { days: -1 } });
  await expect(refused).rejects.toThrow(/^POST http.*\/clock\/advance was answered with 400: error\.request\.invalid; days: /);
  await expect(refused).rejects.toBeInstanceOf(ControlError);
  const error = (await refused.catch((reason: unknown) => reason)) as ControlError;
  expect([error.status, typeof error.requestId]).toEqual([400, "string"]);
});

test("a server that does not answer is named", async () => {
  const unreachable = startWavetank({ url: "http://127.0.0.1:9" });
  await expect(unreachable).rejects.toBeInstanceOf(ServerUnavailableError);
  await expect(unreachable).rejects.toThrow("no Wavetank server answers at http://127.0.0.1:9/_mock/clock: ");
});

test("any address of a server or of a workspace leads to the server", () => {
  for (const path of ["", "/", "/api/v3", "/_mock/", "/w/ci-1", "/w/ci-1/api/v3"]) {
    expect(findOrigin(`http://127.0.0.1:8080${path}`)).toBe("http://127.0.0.1:8080");
  }
});
