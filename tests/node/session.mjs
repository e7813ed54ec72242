// The documented integration, using only fetch:  node tests/node/session.mjs [http://127.0.0.1:8080]
// It resets the mock, and stops at the first response that is not as the platform documents.
import assert from "node:assert/strict";

const origin = process.argv[2] ?? "http://127.0.0.1:8080";
const headers = { "content-type": "application/json" };
const RESULTS = "/campaign_results/?eid=evt_abc123&partner_id=partner-id-acme";
const REVENUE = "/daily_revenue_summary/?event_id=evt_abc123";

async function call(method, path, body, prefix = "/api/v3") {
  const answer = await fetch(origin + prefix + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text ? JSON.parse(text) : null };
}

const mock = (method, path, body) => call(method, path, body, "/_mock");
const say = (what, shown) => console.log(`${what}: ${JSON.stringify(shown)}`);
const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

async function signIn() {
  const { status, body } = await call("POST", "/auth", { username: "partner@acme.example", password: "wavetank" });
  assert.equal(status, 200);
  headers.authorization = `Bearer ${body.AccessToken}`;
  return body.RefreshToken;
}

await mock("POST", "/reset", { now: "2026-09-01T12:00:00Z", mode: "frozen" });
const refreshToken = await signIn();

const before = (await call("GET", RESULTS)).body;
say("campaign results", before.map((row) => row.source));
const made = await call("POST", `${RESULTS}&purchase=12&revenue=540.50`);
assert.equal(made.status, 201);
const listed = (await call("GET", RESULTS)).body;
const adjustments = (await call("GET", REVENUE)).body.manual_adjustments;
assert.deepEqual(listed[0], made.body);
assert.deepEqual(adjustments, listed);
say("12 tickets at the box office are listed in both places", made.body.id);
assert.equal((await call("DELETE", `/campaign_results/?id=${made.body.id}`)).status, 204);
assert.deepEqual((await call("GET", RESULTS)).body, before);

const fd = (await call("GET", REVENUE)).body;
assert.equal((await call("PUT", "/events/evt_abc123/attribution_model", { model: "META" })).status, 200);
const meta = (await call("GET", REVENUE)).body;
assert.deepEqual(meta.daily.map((day) => day.revenue), fd.daily.map((day) => day.revenue));
assert.notDeepEqual(meta.daily.map((day) => day.campaign), fd.daily.map((day) => day.campaign));
say("days with the same total but another split", fd.daily.length);

const order = {
  num_packages: 2, n_top_events: 5, event_ids: ["evt_abc123"], package_title: "Munich", targeting_mode: "lookalike",
};
const old = (await call("POST", "/package_builder/packages", order)).body;
const path = `/package_builder/packages/${old.id}`;
const statuses = [old.status];
for (let step = 0; step < 2; step += 1) {
  await mock("POST", "/clock/next");
  statuses.push((await call("GET", path)).body.status);
}
say("a build", statuses);
assert.deepEqual(statuses, ["INITIALIZING", "INPROGRESS", "DONE"]);

const started = (await call("GET", `${path}/backhaul_evaluation_details`)).body;
const defaults = { backhaul_evaluation_attribution_window: 14, backhaul_evaluation_model: "ALL_PURCHASES" };
await call("POST", "/partners/partner-id-acme/backhaul_attribution_details", defaults);
assert.deepEqual((await call("GET", `${path}/backhaul_evaluation_details`)).body, started);
const young = (await call("POST", "/package_builder/packages", order)).body;
const inherited = (await call("GET", `/package_builder/packages/${young.id}/backhaul_evaluation_details`)).body;
assert.deepEqual(inherited, { ...defaults, email_sent_date: null });
say("new defaults reach the new package only", inherited);

const settings = { ...started, email_sent_date: "2026-08-01" };
assert.deepEqual((await call("PUT", `${path}/backhaul_evaluation_details`, settings)).body, settings);
assert.deepEqual((await call("GET", `${path}/backhaul_evaluation`)).body, []);
await mock("POST", "/clock/run-until-idle");
const rows = (await call("GET", `${path}/backhaul_evaluation`)).body;
assert.ok(rows.length === 2 && sum(rows, "customers") <= sum(rows, "purchase"));
say("the result after the job, not before", { customers: sum(rows, "customers"), items: sum(rows, "items"), purchase: sum(rows, "purchase") });

await mock("POST", "/clock/advance", { days: 1 });
assert.equal((await call("GET", RESULTS)).body.message, "error.auth.token_expired");
const refreshed = await call("POST", "/auth/refresh_token", { token: refreshToken });
headers.authorization = `Bearer ${refreshed.body.AccessToken}`;
const [morning] = (await call("GET", RESULTS)).body;
assert.deepEqual([morning.source, morning.created_at], ["automated", "2026-09-02T08:00:00Z"]);
say("the row of the platform's own run", morning.created_at);

const wrong = await call("GET", "/campaign_results/?event_id=evt_abc123&partner_id=partner-id-acme");
assert.deepEqual(wrong.body.validation_errors.map((problem) => problem.field), ["eid", "event_id"]);
headers["x-preferred-partner-id"] = "partner-id-beta";
assert.equal((await call("GET", "/partners/")).status, 403);
say("the error names the wrong parameter", wrong.body.validation_errors[0].message);
console.log("All steps of the integration passed.");
