// The key numbers of a period beside those of the period before it.

import { behind, objects } from "../shared/answer.js";
import { sparkline } from "../shared/charts.js";
import { h, hidden } from "../shared/dom.js";
import { count, date, days, percent, plural, DAY_MS } from "../shared/format.js";

const ratio = (part, all) => (all ? (100 * part) / all : 0);

const NUMBERS = [
  { name: "plays", title: "Plays", daily: (row) => row.plays },
  { name: "users", title: "Active users", daily: (row) => row.users },
  { name: "sessions", title: "Sessions", daily: (row) => row.sessions },
  { name: "hours", title: "Hours played", daily: (row) => row.hours },
  { name: "paid_percent", title: "Paid plays", isShare: true, daily: (row) => ratio(row.paid_plays, row.plays) },
  { name: "matched_percent", title: "In the catalogue", isShare: true, daily: (row) => ratio(row.matched, row.plays) },
];

// In percent; of a share in points.
function change({ name, isShare }, now, before) {
  if (!before || !before.plays || now[name] === null || before[name] === null) return null;
  if (!isShare && !before[name]) return null;
  const value = isShare ? now[name] - before[name] : 100 * (now[name] / before[name] - 1);
  const rounded = Math.round(10 * value) / 10;
  if (rounded === 0) return h("small", { className: "same" }, "no change");
  const unit = isShare ? " points" : "%";
  return h("small", { className: rounded > 0 ? "up" : "down" },
    h("span", { "aria-hidden": "true" }, rounded > 0 ? "▲ " : "▼ "), hidden(rounded > 0 ? "up " : "down "),
    `${Math.abs(rounded).toFixed(1)}${unit}`);
}

// The days of both periods, as far as there are plays, with zeros where nothing was played.
function series(report) {
  const periods = report.periods;
  const byDay = new Map(objects(report.answers.days).map((row) => [row.day, row]));
  const none = { plays: 0, users: 0, sessions: 0, hours: 0, paid_plays: 0, matched: 0 };
  const known = [...byDay.keys()].sort();
  const begin = Math.max(date(periods.at(-1).from), date(known[0]));
  const end = Math.min(date(periods[0].to), date(known.at(-1)).getTime() + DAY_MS);
  const rows = [];
  for (let at = begin; at < end; at += DAY_MS)
    rows.push(byDay.get(new Date(at).toISOString().slice(0, 10)) ?? none);
  return { rows, before: Math.max(0, Math.round((date(periods[0].from) - begin) / DAY_MS)) };
}

function tile(number, now, before, { rows, before: begin }) {
  const value = number.isShare ? percent(now[number.name]) : count(now[number.name]);
  const many = rows.length > 2;
  return h("div", { className: "tile", "data-number": number.name },
    h("dt", {}, number.title),
    h("dd", {}, h("span", { className: "value" }, value), change(number, now, before), many ? sparkline(rows.map(number.daily), begin) : null));
}

// The SQL is run over each of the periods.
function withPeriods(report) {
  const { sql, columns, rows } = report.answers.numbers;
  const days = ["from", "to"].map((name) => ({ name, type: "date" }));
  return { sql, columns: [...days, ...columns], rows: rows.map((row, i) => [report.periods[i].from, report.periods[i].to, ...row]) };
}

export function numbers(report) {
  const [now, before] = objects(report.answers.numbers);
  const [period, earlier] = report.periods;
  const length = Math.round((date(period.to) - date(period.from)) / DAY_MS);
  const text = before?.plays
    ? `${days(date(period.from), date(period.to))}, beside the ${plural(length, "day")} before`
    : days(date(period.from), date(period.to));
  const all = series(report);
  return [
    h("p", { className: "note", "data-period": `${period.from} ${earlier?.from ?? ""}` }, text),
    h("dl", { className: "tiles" }, NUMBERS.map((number) => tile(number, now, before, all))),
    behind("Key numbers", "numbers", () => withPeriods(report)),
  ];
}
