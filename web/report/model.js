// What can be shown of any model: rows over time, the most frequent values, its own charts, keys and the data's health.

import { objects, table } from "../shared/answer.js";
import { autoChart } from "../shared/auto_chart.js";
import { columns, hasAverage, hours, line, ramp, weekday } from "../shared/charts.js";
import { h } from "../shared/dom.js";
import { addDays, count, date, day, days, month, plural, share, short } from "../shared/format.js";
import { bars, card, chart, choice, key, note } from "../shared/parts.js";
import { fact, rejects, runFacts, versions } from "./health.js";

const words = (name) => name.replaceAll("_", " ");
const title = (name) => words(name).charAt(0).toUpperCase() + words(name).slice(1);

const ofKind = (report, ...kinds) => report.model.sections.filter(({ kind }) => kinds.includes(kind));
const region = (name, body) => h("div", { className: "scroll", tabindex: 0, role: "region", "aria-label": name }, body);

export const factsTable = (report) => report.model.tables.find(({ kind }) => kind === "facts").name;

// ---- Over time

// A day without rows is not in the answer.
function daily(rows) {
  const byDay = new Map(rows.map((row) => [date(row.day).getTime(), Number(row.rows)]));
  const points = [];
  for (let at = date(rows[0].day); at <= date(rows.at(-1).day); at = addDays(at, 1)) {
    const y = byDay.get(at.getTime()) ?? 0;
    points.push({ x: at, y, title: `${day(at)}\n${plural(y, "row")}` });
  }
  return points;
}

function monthly(rows) {
  return rows.map((row) => {
    const x1 = date(row.month);
    const x2 = new Date(Date.UTC(x1.getUTCFullYear(), x1.getUTCMonth() + 1, 1));
    const y = Number(row.rows);
    return { x1, x2, y, total: y, series: "", title: `${month(x1)}\n${plural(y, "row")}` };
  });
}

const FEW_DAYS = 6; // a line of them is mostly axis

function dayChart(rows, width) {
  const points = daily(rows);
  const label = `Rows of each day, ${plural(points.length, "day")}`;
  if (points.length > FEW_DAYS) return line(points, { width, label });
  return columns(points.map((p) => ({ ...p, x1: p.x, x2: addDays(p.x, 1), total: p.y, series: "" })), { width, label });
}

const monthChart = (rows, width) => columns(monthly(rows), { width, tick: month, label: `Rows of each month, ${plural(rows.length, "month")}` });

const SPANS = { days: ["Day", dayChart], months: ["Month", monthChart] };

function rowsOverTime(report) {
  const spans = ofKind(report, "days", "months").map(({ kind }) => kind);
  if (!spans.length) return null;
  const rows = (span) => objects(report.answers[span]);
  let span = spans[0];
  const place = chart((width) => SPANS[span][1](rows(span), width));
  const average = span === "days" && hasAverage(daily(rows(span))) ? key(["average of 7 days"], ["each day", "pale"]) : null;
  const head = spans.length > 1 ? choice("span", "Rows of each", spans.map((each) => [each, SPANS[each][0]]), (value) => {
    span = value;
    if (average) average.hidden = span !== "days";
    place.redraw();
    made.refresh();
  }) : null;
  const made = card({
    name: "rows",
    title: "Rows over time",
    about: `Rows of ${factsTable(report)}, UTC`,
    head,
    body: [place, average],
    answer: () => report.answers[span],
  });
  return made;
}

function heatMap(report) {
  if (!ofKind(report, "hours").length) return null;
  const found = objects(report.answers.hours).map((row) => ({ ...row, rows: Number(row.rows) }));
  const most = Math.max(...found.map((row) => row.rows));
  const all = new Map(found.map((row) => [row.weekday * 24 + row.hour, row]));
  const cells = [2, 3, 4, 5, 6, 7, 1].flatMap((number) =>
    [...Array(24).keys()].map((hour) => {
      const { rows } = all.get(number * 24 + hour) ?? { rows: 0 };
      return { weekday: number, hour, share: rows / most, title: `${weekday(number)} ${String(hour).padStart(2, "0")}:00\n${plural(rows, "row")}` };
    }),
  );
  return card({
    name: "hours",
    title: "When",
    about: "Rows by weekday and hour, UTC",
    body: [chart((width) => hours(cells, { width, label: "Rows by weekday and hour" })), ramp("0", `${short(most)} ${most === 1 ? "row" : "rows"}`)],
    answer: () => report.answers.hours,
  });
}

// ---- The most frequent values

const FEW_VALUES = 9;

function top(report, { answer, about }) {
  const found = report.answers[answer];
  const rows = objects(found).map((row) => ({ ...row, rows: Number(row.rows) }));
  const values = rows.filter(({ value }) => value !== null);
  const often = values.filter(({ rows: n }) => n > 1);
  const isTelling = values.length && (values.length < FEW_VALUES || 2 * often.length > values.length); // else nearly each row has its own
  const what = (value) => (value === null ? "No value" : String(value));
  const shown = rows.map(({ value, name, rows: n }) => ({ what: what(name ?? value), by: name ? what(value) : null, value: n, of: report.rows }));
  return isTelling
    ? card({ name: answer, title: title(about), about: "The most frequent values", size: "half", body: bars(shown, { ranked: true, unit: "rows" }), answer: () => found })
    : null;
}

// ---- The model's own charts

function own(report, { answer, about }) {
  const found = report.answers[answer];
  const drawn = found.rows.length ? autoChart(found) : null;
  const rows = () => (found.rows.length ? region(`${title(about)}: rows`, table(found, title(about))) : note("No rows."));
  return card({ name: answer, title: title(about.replaceAll("-", " ")), about: found.summary.replace(/\.$/, ""), size: "half", body: drawn ?? rows(), answer: () => found });
}

// ---- Health

function facts(report) {
  return h("dl", { className: "tiles" },
    fact("Last row", report.last ? day(date(report.last)) : "None", report.last ? `at ${report.last.slice(11, 16)} UTC` : "the rows have no time"),
    fact("Rows", count(report.rows), `of ${factsTable(report)}`),
    ...runFacts(report));
}

function keys(report) {
  if (!ofKind(report, "keys").length) return null;
  const found = report.answers.keys;
  const heads = [["Column", ""], ["Dimension", ""], ["Its rows", "number"], ["Keys in use", "number"], ["Rows without", "number"]];
  const body = objects(found).map((row) =>
    h("tr", {}, h("th", { scope: "row" }, row.column), h("td", {}, row.dimension ?? "–"), h("td", { className: "number" }, count(row.dimension_rows)),
      h("td", { className: "number" }, count(row.keys)), h("td", { className: "number" }, count(row.unmatched), h("small", { className: "change" }, share(row.unmatched, row.rows)))));
  const made = h("table", { className: "wraps" }, h("caption", { className: "for-readers" }, "Keys"),
    h("thead", {}, h("tr", {}, heads.map(([text, className]) => h("th", { scope: "col", className }, text)))), h("tbody", {}, body));
  return card({ name: "keys", title: "Keys and look-ups", about: "Dimensions, and rows whose look-up found nothing", size: "half", body: region("Keys: table", made), answer: () => found });
}

const MOST_NULLS = 12;

function nulls(report) {
  const found = report.answers.columns;
  const rows = objects(found).map((row) => ({ what: row.column, by: row.table, value: Number(row.nulls), of: Number(row.rows) }));
  const shown = rows.filter(({ value }) => value).sort((a, b) => b.value / b.of - a.value / a.of);
  const left = shown.length > MOST_NULLS ? note(`${plural(shown.length - MOST_NULLS, "more column")} in the table.`) : null;
  const body = shown.length ? [bars(shown.slice(0, MOST_NULLS), { unit: "rows", byShare: true }), left] : note("Every column has a value in every row.");
  return card({ name: "nulls", title: "Missing values", about: "Rows without a value in the column", size: "half", body, answer: () => found });
}

function health(report) {
  const kinds = Object.fromEntries(report.model.tables.map(({ name }) => [name, [`${name}_rows`, title(name)]]));
  return [keys(report), nulls(report), rejects(report, "half"), versions(report, kinds)];
}

// The sections of the page, those that there is something of.
export function modelSections(report) {
  const times = report.rows ? [rowsOverTime(report), heatMap(report)] : [];
  const tops = report.rows ? ofKind(report, "top").map((section) => top(report, section)) : [];
  const charts = report.rows ? ofKind(report, "chart").map((section) => own(report, section)) : [];
  const all = [
    { id: "activity", title: "Over time", cards: times },
    { id: "charts", title: "Charts", cards: charts },
    { id: "values", title: "Top values", cards: tops },
  ].map(({ cards, ...rest }) => ({ ...rest, cards: cards.filter(Boolean) }));
  return [...all.filter(({ cards }) => cards.length), { id: "health", title: "Data health", before: facts(report), cards: health(report).filter(Boolean) }];
}

export function modelBetween(report) {
  const range = report.first ? `${days(date(report.first.slice(0, 10)), addDays(date(report.last.slice(0, 10)), 1))} · ` : "";
  return report.rows ? `${range}${plural(report.rows, "row")} of ${factsTable(report)}` : `No rows of ${factsTable(report)}`;
}

export const modelTitle = (report) => title(report.model.name);
