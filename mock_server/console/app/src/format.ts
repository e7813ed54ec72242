/** Numbers, amounts, dates and instants as text. Instants are always in UTC. */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const percentages = new Intl.NumberFormat("en", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const currencies = new Map<string, Intl.NumberFormat>();
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `1,038` */
export const count = (value: number): string => whole.format(value);

/** `1,038.5` */
export const number = (value: number): string => decimal.format(value);

/** `11.6 %`, from a fraction */
export const percent = (fraction: number): string => percentages.format(fraction).replace("%", " %");

/** An amount in the partner's currency, `€1,038.50`; whole units with `short`. */
export function money(value: number, currency: string, short = false): string {
  const key = `${currency}${short ? "" : ".00"}`;
  let format = currencies.get(key);
  if (!format) {
    const digits = short ? 0 : 2;
    format = new Intl.NumberFormat("en", {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    currencies.set(key, format);
  }
  return format.format(value);
}

/** An amount in few characters, `€10K`, for an axis. */
export function compactMoney(value: number, currency: string): string {
  const key = `${currency} compact`;
  let format = currencies.get(key);
  if (!format) {
    format = new Intl.NumberFormat("en", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
    currencies.set(key, format);
  }
  return format.format(value);
}

/** An instant as milliseconds. */
export const toMillis = (instant: string | number): number =>
  typeof instant === "number" ? instant : Date.parse(instant);

/** `2026-09-14T08:00:12Z` */
export const iso = (instant: string | number): string => `${new Date(toMillis(instant)).toISOString().slice(0, 19)}Z`;

/** `2026-09-14 08:00:12` */
export const instant = (value: string | number): string => iso(value).slice(0, 19).replace("T", " ");

/** `08:00:12` */
export const timeOfDay = (value: string | number): string => iso(value).slice(11, 19);

/** `2026-09-14` */
export const date = (value: string | number): string => iso(value).slice(0, 10);

/** `14 Sep`, and the year where it is not the one given */
export function dayMonth(value: string | number, year?: number): string {
  const at = new Date(toMillis(value));
  const text = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  return year !== undefined && year !== at.getUTCFullYear() ? `${text} ${at.getUTCFullYear()}` : text;
}

/** `08:00:14` on the same day as `near`, else `2026-09-15 08:00:14` */
export const whenNear = (value: string | number, near: string | number): string =>
  date(value) === date(near) ? timeOfDay(value) : instant(value);

/** A duration in its two largest units: `2 s`, `3 min`, `18 h 2 min`, `26 days`. */
export function duration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  if (size < MINUTE) return `${Math.round(size / SECOND)} s`;
  if (size < HOUR) return pair(size, MINUTE, "min", SECOND, "s");
  if (size < DAY) return pair(size, HOUR, "h", MINUTE, "min");
  const days = Math.floor(size / DAY);
  return size < 3 * DAY ? pair(size, DAY, days === 1 ? "day" : "days", HOUR, "h") : `${days} days`;
}

function pair(size: number, unit: number, name: string, smaller: number, smallerName: string): string {
  const large = Math.floor(size / unit);
  const rest = Math.floor((size - large * unit) / smaller);
  return rest ? `${large} ${name} ${rest} ${smallerName}` : `${large} ${name}`;
}

/** `in 2 s`, `3 min ago`, `now` */
export function relative(value: string | number, near: string | number): string {
  const difference = toMillis(value) - toMillis(near);
  if (Math.abs(difference) < SECOND) return "now";
  return difference > 0 ? `in ${duration(difference)}` : `${duration(difference)} ago`;
}

/** `1 event`, `3 events` */
export const plural = (value: number, singular: string, many = `${singular}s`): string =>
  `${count(value)} ${value === 1 ? singular : many}`;

/** A day of the calendar, moved by a number of days. */
export const addDays = (day: string, days: number): string => date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) + days * DAY);

const KINDS: Record<string, string> = {
  evaluation: "evaluation",
  package_stage: "package build",
  attribution_run: "attribution run",
  package_expiry: "package expiry",
  ingest: "import",
};

/** The name of a job's kind in a sentence. */
export const jobKind = (kind: string): string => KINDS[kind] ?? kind.replaceAll("_", " ");
