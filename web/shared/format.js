// How numbers and dates are written: the same everywhere, and the same in every time zone and language.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const some = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const oneDecimal = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const shortDayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const monthFormat = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });

export const DAY_MS = 24 * 60 * 60 * 1000;
export const NO_VALUE = "–";

export const count = (n) => (n === null || n === undefined ? NO_VALUE : whole.format(n));

// A number of any query: integers beyond 2^53 come as text, and are shown to the last digit; what two decimals would
// make 0, or hundreds of digits, is shown by its first digits.
export function number(n) {
  if (n === null || n === undefined) return NO_VALUE;
  if (typeof n === "string" && /^-?\d+$/.test(n)) return whole.format(BigInt(n));
  const size = Math.abs(n);
  if (size >= 1e21 || (size > 0 && size < 1e-6)) return String(Number(Number(n).toPrecision(6)));
  return (size > 0 && size < 0.01 ? small : some).format(n);
}
export const short = (n) => compact.format(n).replace("K", "k");
export const percent = (n) => (n === null || n === undefined ? NO_VALUE : `${oneDecimal.format(n)}%`);
export const share = (part, whole) => (whole ? percent((100 * part) / whole) : NO_VALUE);
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

// "2018-11-01" or a time of ISO 8601 → a Date; days begin at midnight UTC.
export const date = (text) => new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
export const addDays = (day, days) => new Date(day.getTime() + days * DAY_MS);
export const day = (value) => dayFormat.format(value).replace("Sept", "Sep");
export const shortDay = (value) => shortDayFormat.format(value).replace("Sept", "Sep");
export const month = (value) => monthFormat.format(value).replace("Sept", "Sep");
export const time = (text) => `${day(date(text))}, ${text.slice(11, 16)} UTC`;

// From a day to the last one before another: "4–31 Oct 2018", "28 Sep – 4 Oct 2018".
export function days(from, to) {
  const last = addDays(to, -1);
  if (last <= from) return day(from);
  if (from.getUTCFullYear() !== last.getUTCFullYear()) return `${day(from)} – ${day(last)}`;
  if (from.getUTCMonth() !== last.getUTCMonth()) return `${shortDay(from)} – ${day(last)}`;
  return `${from.getUTCDate()}–${day(last)}`;
}

export const bytes = (n) => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${i && n < 10 ? oneDecimal.format(n) : whole.format(n)} ${units[i]}`;
};
