// A second server of the platform, in another language, written from contracts/requirements.yaml and openapi.yaml alone.
// It keeps what the documentation states and shows, and makes other choices than the mock wherever it is silent.
// Run `node server.mjs`; it prints its origin, and ends when its standard input is closed.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { DAY, addRow, day, events, imports, issue, newNumber, packages, partners, purchases, rows, timestamp, tokens, users, verify }
  from "./server_world.mjs";

const PREFIX = "/api/v3", STAGE = 600, EVALUATION = 700;
const WINDOW = "backhaul_evaluation_attribution_window", MODEL = "backhaul_evaluation_model";
const MODELS = ["ALL_PURCHASES", "EVENTS_FROM_PACKAGE", "EVENT_SERIES"], LOOKOUT = ["FD", "META", "EXTERNAL"];

/** A refusal. Undocumented parts of its body differ from the mock's. */
class Refusal extends Error {
  constructor(status, key, field = null, code = "invalid") {
    super(key);
    Object.assign(this, { status, key, field, code });
  }
}
const refuse = (...values) => { throw new Refusal(...values); };
const invalid = (field, code = "invalid") => refuse(400, "error.validation.failed", field, code);
const sum = (values) => Math.round(values.reduce((total, value) => total + value, 0) * 100) / 100;
const isDate = (text) => /^\d{4}-\d\d-\d\d$/.test(text) && day(Date.parse(`${text}T00:00:00Z`) || 0) === text;

// What a request may name.
const own = (context, table, id, key) => {
  const found = table.get(id);
  return found && found.partner === context.partner ? found : refuse(404, key);
};
const ownEvent = (context, id) => own(context, events, id, "error.event.not_found");
const ownPackage = (context, id) => own(context, packages, id, "error.package.not_found");
const eventsOf = (context) => [...events.values()].filter((event) => event.partner === context.partner);
const requireScope = (context, id) => id === context.partner || refuse(404, "error.partner.not_found");
const groupOf = (id) => [...events].filter(([, event]) => event.group === events.get(id).group).map(([other]) => other);

/** Return the query as an object. Arrays must repeat their key; a further value of another key is ignored. */
function readQuery(context, required, optional = [], arrays = []) {
  const values = {};
  for (const [key, value] of context.url.searchParams) {
    if (key.endsWith("[]")) invalid(key);
    else if (arrays.includes(key)) value.includes(",") ? invalid(key) : (values[key] ??= []).push(value);
    else if ([...required, ...optional].includes(key)) values[key] ??= value;
  }
  for (const name of required) if (!(name in values)) invalid(name, "missing");
  return values;
}
function integer(text, name, low, high) {
  if (text === undefined) return undefined;
  const number = /^-?\d+$/.test(text) ? Number(text) : NaN;
  return number >= low && number <= high ? number : invalid(name, "range");
}
const dateOf = (values, name, otherwise) => (name in values ? (isDate(values[name]) ? values[name] : invalid(name)) : otherwise);
function readJson(context) {
  let body;
  try { body = JSON.parse(context.body.toString("utf8")); } catch { invalid("body", "json"); }
  return body && typeof body === "object" && !Array.isArray(body) ? body : invalid("body");
}
function readSettings(body) {
  if (!Number.isInteger(body[WINDOW]) || body[WINDOW] < 1 || body[WINDOW] > 400) invalid(WINDOW);
  if (!MODELS.includes(body[MODEL])) invalid(MODEL);
  const date = body.email_sent_date ?? null;
  if (date !== null && !(typeof date === "string" && isDate(date))) invalid("email_sent_date");
  return { [WINDOW]: body[WINDOW], [MODEL]: body[MODEL], email_sent_date: date };
}

// Events.
const showEvent = (event) => ({ ...event.shown, campaign_event_series: groupOf(event.shown.id).filter((id) => id !== event.shown.id), further: 1 });
function listEvents(context) {
  const flags = ["simulated", "flagged_to_top", "include_archived", "campaigns", "exclude_products", "marketing_campaign_status"];
  const query = readQuery(context, [], ["q", "search", "since", "until", "page", "limit", "status", ...flags], ["city", "frontend_status", "vh"]);
  const page = integer(query.page, "page", 1, 1e9) ?? 1, limit = integer(query.limit, "limit", 1, 1000) ?? 25;
  const since = dateOf(query, "since", "0000"), until = dateOf(query, "until", "9999");
  const matches = (text, part) => part === undefined || (part !== "" && text.toLowerCase().includes(part.toLowerCase()));
  const found = eventsOf(context).map(showEvent).filter((event) =>
    matches(event.title, query.q) && matches(event.title, query.search)
    && since <= event.start_date_time.slice(0, 10) && event.start_date_time.slice(0, 10) <= until
    && (query.status === undefined || query.status === event.status)
    && (!query.city || query.city.includes(event.city))
    && (!query.frontend_status || query.frontend_status.includes(event.frontend_status)))
    .sort((a, b) => (a.start_date_time < b.start_date_time ? 1 : -1));
  const pages = Math.ceil(found.length / limit);
  return { total: found.length, limit, page, pages, nextPage: page < pages ? page + 1 : null, prevPage: page > 1 ? page - 1 : null,
    items: found.slice((page - 1) * limit, page * limit) };
}
function setStatus(context, { eid }) {
  const { frontend_status: status } = readJson(context);
  if (!["DEFAULT", "FLAGGED", "HIDDEN"].includes(status)) invalid("frontend_status");
  ownEvent(context, eid).shown.frontend_status = status;
}
function getSeries(context, { eid }) {
  ownEvent(context, eid);
  const limit = integer(readQuery(context, [], ["limit"]).limit, "limit", 1, 5000);
  return groupOf(eid).filter((id) => id !== eid).slice(0, limit);
}
function setSeries(context, { eid }) {
  const named = readQuery(context, [], [], ["event_series"]).event_series ?? [], event = ownEvent(context, eid);
  named.forEach((id) => ownEvent(context, id));
  for (const id of groupOf(eid)) events.get(id).group = id;
  const group = `group ${newNumber()}`;
  event.group = group;
  for (const id of named) events.get(id).group = group;
  return [200, { event_series: named }];
}
function setModel(context, { eid }) {
  const { model } = readJson(context);
  if (!LOOKOUT.includes(model)) invalid("model");
  ownEvent(context, eid).model = model;
}

// Revenue and campaign results.
const salesOf = (event) => purchases.filter((sale) => sale.event === event && sale.at <= Date.now());
const total = (sales) => ({ revenue: sum(sales.map((sale) => sale.revenue)), purchases: sales.length });
const byDay = (sales) => Object.entries(Object.groupBy?.(sales, (sale) => day(sale.at)) ?? groupByDay(sales));
function groupByDay(sales) {
  const days = {};
  for (const sale of sales) (days[day(sale.at)] ??= []).push(sale);
  return days;
}
const rowsOf = (event) => { publish(); return [...rows.values()].filter((row) => row.eid === event); };
function getRevenue(context) {
  const query = readQuery(context, ["event_id"], ["currency", "start_date", "end_date"]);
  if ("currency" in query && query.currency !== partners.get(context.partner).record.currency) invalid("currency");
  const first = dateOf(query, "start_date", "1900-01-01"), last = dateOf(query, "end_date", "2100-01-01");
  if (first > last) invalid("start_date", "range");
  const event = ownEvent(context, query.event_id), inRange = (text) => first <= text && text <= last;
  const daily = byDay(salesOf(query.event_id)).filter(([date]) => inRange(date)).sort().map(([date, sales]) => ({
    date, ...total(sales), ...Object.fromEntries(["campaign", "organic", "external"].map((source) =>
      [source, total(sales.filter((sale) => sale.credit[event.model] === source))])),
  }));
  return { event_id: query.event_id, model: event.model, daily, manual_adjustments: rowsOf(query.event_id).filter((row) => inRange(row.created_at.slice(0, 10))) };
}
function clearSales(context) {
  const { event_id: id } = readQuery(context, ["event_id"]);
  ownEvent(context, id);
  for (const row of rowsOf(id)) if (row.source !== "automated") rows.delete(row.id);
}
function listRows(context) {
  const query = readQuery(context, ["eid"], ["partner_id"]);
  requireScope(context, query.partner_id ?? context.partner);
  ownEvent(context, query.eid);
  return rowsOf(query.eid);
}
function postRow(context) {
  const query = readQuery(context, ["eid", "partner_id", "purchase", "revenue"]);
  requireScope(context, query.partner_id);
  ownEvent(context, query.eid);
  const purchase = integer(query.purchase, "purchase", -1e9, 1e9);
  const revenue = /^-?\d+(\.\d+)?(e\d+)?$/i.test(query.revenue) ? Number(query.revenue) : invalid("revenue");
  return [200, addRow(query.eid, purchase, revenue, "partner_entry")];
}
function deleteRow(context) {
  const { id } = readQuery(context, ["id"]), row = rows.get(id);
  if (!row || row.partner_id !== context.partner) refuse(404, "error.row.unknown");
  rows.delete(id);
}
function metaResults(context, { eid }) {
  ownEvent(context, eid);
  const others = groupOf(eid).filter((id) => id !== eid).flatMap(rowsOf);
  return { event_results: { rows: rowsOf(eid) }, series_results: { rows: others } };
}
function insights(context, { eid }) {
  ownEvent(context, eid);
  return byDay(salesOf(eid).filter((sale) => sale.credit.META === "campaign")).sort().reverse().map(([date, sales]) => ({
    date, purchases: sales.length, purchase_value: total(sales).revenue, impressions: 900, clicks: 90, spend: 12.5 }));
}

// Imports appear after a second.
function publish() {
  while (imports.length && imports[0].due <= Date.now()) {
    const { eid, from, sold, revenue } = imports.shift();
    addRow(eid, sold, revenue, "partner_import", `${from}T00:00:00Z`);
  }
}
function ingest(context) {
  const body = readJson(context);
  for (const name of ["from", "to"]) if (!isDate(String(body[name]))) invalid(name);
  if (!Array.isArray(body.tickets) || !body.tickets.length) invalid("tickets");
  for (const ticket of body.tickets) if (!Number.isInteger(ticket?.sold) || typeof ticket.revenue !== "number") invalid("tickets");
  ownEvent(context, String(body.eid));
  const sold = sum(body.tickets.map((ticket) => ticket.sold)), revenue = sum(body.tickets.map((ticket) => ticket.revenue));
  imports.push({ due: Date.now() + 1000, eid: body.eid, from: body.from, sold, revenue });
  return { eid: body.eid, from: body.from, to: body.to, tickets: body.tickets, validation_errors: [], id: newNumber() };
}
function ingestFile(context) {
  const { eid } = readQuery(context, ["eid"]);
  ownEvent(context, eid);
  return { eid, accepted: 0, validation_errors: [{ code: "empty", message: "nothing was read" }] };
}
function exportSheet(context) {
  const { event_id: id } = readQuery(context, ["event_id"], ["format"]);
  ownEvent(context, id);
  const lines = byDay(salesOf(id)).sort().map(([date, sales]) => `${date};${sales.length};${total(sales).revenue}`);
  return [200, ["day;orders;revenue", ...lines].join("\n"), "text/csv"];
}

// Packages.
function statusOf(made) {
  const age = Date.now() - made.built;
  return age < STAGE ? "INITIALIZING" : age < 2 * STAGE ? "INPROGRESS" : age < 28 * DAY ? "DONE" : "EXPIRED";
}
const showPackage = ([id, made]) => ({ id, title: made.title, status: statusOf(made), merge_id: made.merged, created_at: timestamp(made.created),
  events: made.events.map((event) => ({ id: event, title: events.get(event).shown.title })), targeting_mode: made.mode, owner: "us" });
function clustersOf(made) {
  const buyers = [...new Set(purchases.filter((sale) => made.events.includes(sale.event)).map((sale) => sale.customer))];
  return Array.from({ length: made.count }, (_, index) => ({ tc: `Group ${index + 1}`, members: buyers.filter((_buyer, place) => place % made.count === index) }));
}
function addPackage(context, order) {
  const id = `pkg_${newNumber()}`, defaults = partners.get(context.partner).defaults;
  packages.set(id, { partner: context.partner, created: Date.now(), built: Date.now(), merged: null, count: 3,
    settings: { ...defaults, email_sent_date: null }, evaluations: [], ...order });
  return [200, showPackage([id, packages.get(id)])];
}
function createPackage(context) {
  const body = readJson(context);
  if (typeof body.package_title !== "string" || !body.package_title) invalid("package_title");
  if (typeof body.targeting_mode !== "string") invalid("targeting_mode");
  if (!Number.isInteger(body.num_packages) || body.num_packages < 1 || body.num_packages > 50) invalid("num_packages");
  if (!Number.isInteger(body.n_top_events)) invalid("n_top_events");
  if (!Array.isArray(body.event_ids) || !body.event_ids.length) invalid("event_ids");
  body.event_ids.forEach((id) => ownEvent(context, String(id)));
  return addPackage(context, { title: body.package_title, mode: body.targeting_mode, count: body.num_packages, events: body.event_ids.map(String) });
}
function mergePackages(context) {
  const ids = readQuery(context, [], [], ["packages_ids"]).packages_ids ?? [];
  if (ids.length < 2) invalid("packages_ids");
  const sources = ids.map((id) => ownPackage(context, id));
  if (sources.some((made) => statusOf(made) !== "DONE")) refuse(409, "error.package.busy");
  const [status, shown] = addPackage(context, { title: "Merged", mode: sources[0].mode, events: [...new Set(sources.flatMap((made) => made.events))] });
  for (const made of sources) made.merged = shown.id;
  return [status, shown];
}
function getPackage(context, { id }) {
  const made = ownPackage(context, id), clusters = clustersOf(made), size = clusters.flatMap((each) => each.members).length || 1;
  const content = ["DONE", "EXPIRED"].includes(statusOf(made)) ? { tc_run_id: made.created % 1e9, clusters: clusters.map(({ tc, members }) =>
    ({ tc, label: tc, customers: members.length, size_share: members.length / size })) } : null;
  return { ...showPackage([id, made]), content };
}
function customers(context, { id, tc }) {
  const made = ownPackage(context, id);
  if (!["DONE", "EXPIRED"].includes(statusOf(made))) refuse(404, "error.package.not_found");
  return clustersOf(made).find((each) => each.tc === tc)?.members ?? refuse(404, "error.cluster.not_found");
}
function regenerate(context, { id }) {
  const made = ownPackage(context, id);
  if (statusOf(made) !== "EXPIRED") refuse(409, "error.package.busy");
  made.built = Date.now();
  return [202, showPackage([id, made])];
}
function putSettings(context, { id }) {
  const settings = readSettings(readJson(context)), made = ownPackage(context, id);
  if (statusOf(made) !== "DONE") refuse(409, "error.package.busy");
  made.settings = settings;
  made.evaluations.push({ due: Date.now() + EVALUATION, settings });
  return [202, settings];
}
function evaluate(made, { due, settings }) {
  const start = Date.parse(`${settings.email_sent_date ?? day(made.created)}T00:00:00Z`), end = start + settings[WINDOW] * DAY;
  const series = new Set(made.events.flatMap(groupOf));
  const counted = (sale) => settings[MODEL] === "ALL_PURCHASES" ? events.get(sale.event).partner === made.partner
    : settings[MODEL] === "EVENT_SERIES" ? series.has(sale.event) : made.events.includes(sale.event);
  const sales = purchases.filter((sale) => sale.at <= due && start <= sale.at && sale.at < end && counted(sale));
  return clustersOf(made).map(({ tc, members }) => {
    const bought = sales.filter((sale) => members.includes(sale.customer)), buyers = new Set(bought.map((sale) => sale.customer)).size;
    return { tc, customers: buyers, items: sum(bought.map((sale) => sale.tickets)), purchase: bought.length,
      conversion_rate: members.length ? buyers / members.length : null };
  });
}
function getEvaluation(context, { id }) {
  const made = ownPackage(context, id), done = made.evaluations.filter((each) => each.due <= Date.now());
  if (!done.length) return [];
  const last = done.at(-1);
  return (last.rows ??= evaluate(made, last));
}

// Sign-in and partners.
function signIn(context) {
  const { username, password } = readJson(context);
  for (const [name, value] of Object.entries({ username, password })) if (typeof value !== "string") invalid(name);
  if (!users.has(username) || password !== "wavetank") refuse(401, "error.auth.invalid_credentials");
  return { ...tokens(username), RefreshToken: issue(username, "refresh", 30 * 86_400), ExpiresIn: 3600, DeviceKey: null, DeviceGroupKey: null,
    mfa_settings: { required: false, preferred: null }, Region: "eu" };
}
function refresh(context) {
  const { token } = readJson(context);
  if (typeof token !== "string") invalid("token");
  const claims = verify(token, "refresh") ?? refuse(400, "error.auth.session_over", "token");
  return tokens(claims.email);
}
function setDefaults(context, { id }) {
  requireScope(context, id);
  const { email_sent_date: date, ...stored } = readSettings(readJson(context));
  if (date !== null) invalid("email_sent_date");
  partners.get(context.partner).defaults = stored;
  return stored;
}
function setDefaultModel(context) {
  const { model } = readQuery(context, ["model"]);
  if (!LOOKOUT.includes(model)) invalid("model");
  partners.get(context.partner).model = model;
}
const scoped = (context) => partners.get(context.partner);
const READ = "/package_builder/packages";
const ROUTES = [
  ["GET", "/status/", () => ({ status: "available", version: "9.1" })],
  ["POST", "/auth", signIn], ["POST", "/auth/refresh_token", refresh],
  ["PUT", "/auth/challenge/:step", () => refuse(401, "error.auth.mfa_required")],
  ["GET", "/permissions", (context) => ({ user: context.user, granted: ["everything"] })],
  ["GET", "/partners/", (context) => ({ ...scoped(context).record, attribution_model_default: scoped(context).model })],
  ["PUT", "/partners/attribution_model", setDefaultModel],
  ["GET", "/partners/:id/backhaul_attribution_details", (context, { id }) => requireScope(context, id) && scoped(context).defaults],
  ["POST", "/partners/:id/backhaul_attribution_details", setDefaults],
  ["GET", "/events/", listEvents], ["GET", "/events/:eid", (context, { eid }) => showEvent(ownEvent(context, eid))],
  ["PUT", "/events/:eid/setup_frontend_status", setStatus],
  ["GET", "/events/:eid/series", getSeries], ["POST", "/events/:eid/series", setSeries],
  ["GET", "/events/:eid/attribution_model", (context, { eid }) => ({ model: ownEvent(context, eid).model })],
  ["PUT", "/events/:eid/attribution_model", setModel],
  ["GET", "/daily_revenue_summary/", getRevenue], ["DELETE", "/daily_revenue_summary/", clearSales],
  ["GET", "/daily_revenue_summary/sales_edit_export", exportSheet],
  ["GET", "/campaign_results/", listRows], ["POST", "/campaign_results/", postRow], ["DELETE", "/campaign_results/", deleteRow],
  ["GET", "/integrations/facebook/events/:eid/campaign_results", metaResults],
  ["GET", "/integrations/facebook/events/:eid/fb_insights", insights],
  ["POST", "/ingest/transaction_summary", ingest], ["POST", "/ingest/transaction_summary/from_excel", ingestFile],
  ["GET", `${READ}/`, (context) => [...packages].filter(([, made]) => made.partner === context.partner).map(showPackage)],
  ["POST", READ, createPackage], ["POST", `${READ}/merge`, mergePackages], ["GET", `${READ}/:id`, getPackage],
  ["GET", `${READ}/:id/:tc/customer_list`, customers], ["POST", `${READ}/:id/regenerate`, regenerate],
  ["GET", `${READ}/:id/backhaul_evaluation_details`, (context, { id }) => ownPackage(context, id).settings],
  ["PUT", `${READ}/:id/backhaul_evaluation_details`, putSettings], ["GET", `${READ}/:id/backhaul_evaluation`, getEvaluation],
].map(([method, path, run]) => ({ method, path, run, pattern: new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`) }));

function authorize(context, headers) {
  const [scheme, token] = (headers.authorization ?? "").split(" ");
  const claims = (/^bearer$/i.test(scheme) && verify(token, "access")) || refuse(401, "error.auth.expired");
  const groups = claims["cognito:groups"], named = headers["x-preferred-partner-id"];
  const allowed = groups.includes("fd-admin") ? [...partners.keys()] : groups.filter((group) => partners.has(group));
  context.user = claims.email;
  context.partner = named ?? (allowed.length === 1 ? allowed[0] : undefined);
  if (!allowed.includes(context.partner)) refuse(403, "error.auth.not_authorized");
}
function route(context, request) {
  const path = context.url.pathname.startsWith(`${PREFIX}/`) ? context.url.pathname.slice(PREFIX.length) : "";
  if (path !== "/status/" && !path.startsWith("/auth")) authorize(context, request.headers);
  const found = ROUTES.filter((each) => each.pattern.test(path));
  const chosen = found.find((each) => each.method === request.method);
  if (!chosen) refuse(found.length ? 405 : 404, found.length ? "error.method.wrong" : "error.route.unknown");
  const named = Object.entries(chosen.pattern.exec(path).groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
  const answer = chosen.run(context, Object.fromEntries(named));
  const isTuple = Array.isArray(answer) && Number.isInteger(answer[0]);
  return isTuple ? answer : answer === undefined ? [204] : [200, answer];
}
function answer(context, request) {
  try { return route(context, request); } catch (error) {
    if (!(error instanceof Refusal)) process.stderr.write(`${request.method} ${request.url}: ${error.stack}\n`);
    const { status = 500, key = "error.internal.unspecified", field, code } = error;
    const entries = field ? { validation_errors: [{ code, field }] } : {};
    return [status, { message: key, error_code: key.split(".").at(-1).toUpperCase(), ...entries }];
  }
}
const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const url = new URL(request.url, "http://platform"), context = { url, body: Buffer.concat(parts) };
  const [status, body, type = "application/json; charset=utf-8"] = answer(context, request);
  response.setHeader("x-request-id", randomUUID());
  response.setHeader("x-powered-by", "node");
  if (url.pathname === `${PREFIX}/status/`) response.setHeader("access-control-allow-origin", "*");
  let content = body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  if (content.length) response.setHeader("content-type", type);
  if (content.length > 500 && /gzip/.test(request.headers["accept-encoding"] ?? "")) {
    content = gzipSync(content);
    response.setHeader("content-encoding", "gzip");
  }
  response.writeHead(status).end(content);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
process.stdin.resume().on("end", () => process.exit(0));
