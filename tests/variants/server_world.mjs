// The data of the second server (server.mjs): partners, users, events, purchases, rows, packages and tokens.

import { createHmac, randomUUID } from "node:crypto";

export const DAY = 86_400_000;
const SECRET = randomUUID(), ACME = "partner-id-acme", BETA = "partner-id-beta";
export const timestamp = (time) => `${new Date(time).toISOString().slice(0, 19)}Z`;
export const day = (time) => new Date(time).toISOString().slice(0, 10);

let seed = 7, lastNumber = 1000;
const draw = (limit) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
const pick = (values) => values[draw(values.length)];
export const newNumber = () => (lastNumber += 1);
const START = Date.now();
export const partners = new Map([[ACME, "EUR"], [BETA, "GBP"]].map(([id, currency], index) => [id, {
  record: {
    id: 40 + index, name: `Partner ${index}`, domain: `p${index}.example`, currency, vertical: "live_entertainment",
    demand_prediction: true, campaign_recommendations: index === 0, status: "active", pricing_tier: "growth",
    campaign_pricing_model: "fixed", ner_active: false, timezone: "Europe/Berlin",
  },
  model: "FD", defaults: { backhaul_evaluation_attribution_window: 21, backhaul_evaluation_model: "EVENTS_FROM_PACKAGE" },
}]));
export const users = new Map([
  ["partner@acme.example", [ACME]], ["agency@acme.example", [ACME, BETA, "external-user"]],
  ["admin@platform.example", ["fd-admin"]],
]);
export const events = new Map(), rows = new Map(), packages = new Map(), purchases = [], imports = [];

function addEvent(partner, index) {
  const id = `e-${partner.slice(-4)}-${index}`;
  events.set(id, {
    partner, model: "FD", group: index < 3 ? `${partner} tour` : id,
    shown: {
      id, title: `Show number ${index}`, start_date_time: timestamp(START + (index * 9 - 20) * DAY), city: pick(["Wien", "Bonn"]),
      venue_name: "Halle", hall_name: null, capacity: 400 + index, category: "concert", special_ad_category: null,
      status: "active", frontend_status: "DEFAULT", campaign_status: "RUNNING", client_campaign_status: "RUNNING",
      campaign_optimisation_status: "OFF", ad_campaign_optimisation_status: "OFF",
      benchmark: index % 2 ? null : { prediction: { value: 0.7, benchmark: 0.6, state: "above" } },
      currency: partners.get(partner).record.currency, campaign_stop_time: null, has_active_campaigns: true,
    },
  });
  for (let count = 0; count < 40; count += 1) {
    const credit = { FD: pick(["campaign", "organic"]), META: pick(["campaign", "organic"]), EXTERNAL: pick(["external", "organic"]) };
    purchases.push({
      customer: `${partner.slice(-4)}-c${draw(90)}`, event: id, at: START - draw(100) * DAY - draw(DAY), tickets: 1 + draw(4),
      revenue: 20 + draw(9000) / 100, credit,
    });
  }
}
for (const [partner, count] of [[ACME, 9], [BETA, 4]]) for (let index = 0; index < count; index += 1) addEvent(partner, index);

export function addRow(event, purchase, revenue, source, createdAt = timestamp(Date.now())) {
  const row = { id: `cr_${newNumber()}`, eid: event, partner_id: events.get(event).partner, purchase, revenue, created_at: createdAt, source };
  rows.set(row.id, row);
  return row;
}
for (const id of events.keys()) addRow(id, 5, 123.5, "automated", `${day(START - DAY)}T06:30:00Z`);

// Tokens.
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const sign = (text) => createHmac("sha256", SECRET).update(text).digest("base64url");
export function issue(username, use, seconds) {
  const claims = { sub: `s-${username}`, email: username, "cognito:groups": users.get(username), use, jti: newNumber(),
    exp: Math.floor(Date.now() / 1000) + seconds };
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign(text)}`;
}
export function verify(token, use) {
  const [head, body, signature] = String(token).split(".");
  if (!signature || signature !== sign(`${head}.${body}`)) return null;
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  return claims.use === use && claims.exp > Date.now() / 1000 ? claims : null;
}
export const tokens = (username) => ({ AccessToken: issue(username, "access", 3600), IdToken: issue(username, "id", 3600), TokenType: "Bearer" });
