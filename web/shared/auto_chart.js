// A chart that suits the columns of an answer, or null: over time a line or bars, of weekdays and hours a heat map, of names
// bars, of whole numbers columns.

import { axisX, axisY, barY, gridY, lineY, plot, ruleY } from "@observablehq/plot";
import { isNumber } from "./answer.js";
import { hours, line, ramp, timeTicks, weekday } from "./charts.js";
import { h } from "./dom.js";
import { count, date, number, short } from "./format.js";
import { bars, chart, key } from "./parts.js";

const MOST_BARS = 30;
const MOST_SERIES = 6;
const MOST_STEPS = 100;
const LEAST_SHARE = 0.05;
const COLOURS = ["var(--accent)", "var(--second)", "var(--good)", "var(--bad)", "var(--soft)", "var(--h4)"];
const CLASSES = ["s0", "s1", "s2", "s3", "s4", "s5"];

const isTime = (column) => column.type === "date" || column.type === "timestamp";
const isText = (column) => column.type === "text";
const isStep = (column) => /^(year|month|week|hour|weekday|day|decade|weeks_later)$/.test(column.name);
const isMeasure = (column) => isNumber(column) && !isStep(column) && !/_id$/.test(column.name);

function indexes({ columns }, is) {
  return columns.flatMap((column, i) => (is(column) ? [i] : []));
}

function frame(width, options, marks) {
  const made = plot({
    width,
    height: 260,
    className: "plot",
    marginLeft: 52,
    marginRight: 10,
    marginTop: 12,
    style: { background: "transparent", color: "var(--soft)", fontSize: "12px" },
    ...options,
    marks: [
      gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 4 }),
      axisY({ ticks: 4, tickSize: 0, tickFormat: short, label: null }),
      ...marks,
      ruleY([0], { stroke: "var(--line)" }),
    ],
  });
  const image = made.matches("svg") ? made : made.querySelector("svg");
  for (const part of image.querySelectorAll("[aria-label], [aria-hidden]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-hidden");
  }
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", options.label);
  return made;
}

const sorted = (points) => points.sort((a, b) => a.x - b.x);

// ---- Over time

function timesOf(answer) {
  const [time] = indexes(answer, isTime);
  if (time !== undefined) return { used: time, at: (row) => (row[time] === null ? null : date(row[time])) };
  const year = answer.columns.findIndex(({ name }) => name === "year");
  const month = answer.columns.findIndex(({ name }) => name === "month");
  if (year < 0 || month < 0) return null;
  return { used: year, at: (row) => (row[year] === null || row[month] === null ? null : new Date(Date.UTC(row[year], row[month] - 1, 1))) };
}

function seriesLines(points, names, title) {
  const place = chart((width) =>
    frame(width, { x: { type: "utc" }, y: { zero: true, nice: true }, color: { domain: names, range: COLOURS }, label: title }, [
      axisX({ tickSize: 0, tickPadding: 8, label: null, ...timeTicks(points.map(({ x }) => x), Math.max(2, Math.floor(width / 110))) }),
      lineY(points, { x: "x", y: "y", z: "series", stroke: "series", strokeWidth: 1.75 }),
    ]),
  );
  return [place, key(...names.map((name, i) => [name, CLASSES[i]]))];
}

// The numbers that one axis shows well: the others would lie on it.
function alike(rows, measures) {
  const top = (i) => Math.max(...rows.map((row) => Number(row[i])));
  const most = Math.max(...measures.map(top));
  const found = measures.filter((i) => top(i) >= most * LEAST_SHARE).slice(0, MOST_SERIES);
  return found.length ? found : measures.slice(0, 1);
}

function overTime(answer) {
  const times = timesOf(answer);
  const measures = indexes(answer, isMeasure);
  const texts = indexes(answer, isText);
  if (!times || !measures.length || answer.rows.length < 2) return null;
  const rows = answer.rows.filter((row) => times.at(row));
  const shown = alike(rows, measures);
  const [measure] = shown;
  const name = answer.columns[measure].name;
  if (texts.length === 1) {
    const names = [...new Set(rows.map((row) => row[texts[0]] ?? "null"))];
    if (names.length > MOST_SERIES) return null;
    const points = rows.map((row) => ({ x: times.at(row), y: Number(row[measure]), series: row[texts[0]] ?? "null" }));
    return seriesLines(sorted(points), names, `${name} over time by ${answer.columns[texts[0]].name}`);
  }
  if (texts.length) return null;
  if (shown.length > 1) {
    const points = shown.flatMap((i) => rows.map((row) => ({ x: times.at(row), y: row[i] === null ? NaN : Number(row[i]), series: answer.columns[i].name })));
    return seriesLines(sorted(points), shown.map((i) => answer.columns[i].name), "Numbers over time");
  }
  const points = rows.map((row) => ({ x: times.at(row), y: row[measure] === null ? NaN : Number(row[measure]), title: `${String(row[times.used]).slice(0, 16)}\n${name}: ${number(Number(row[measure]))}` }));
  return [chart((width) => line(sorted(points), { width, label: `${name} over time, ${count(points.length)} points` }))];
}

// ---- Hour by weekday

function ofHours(answer) {
  const { columns, rows } = answer;
  const index = (name) => columns.findIndex((column) => column.name === name);
  const [day, hour] = [index("weekday"), index("hour")];
  const measure = columns.findIndex(isMeasure);
  if (day < 0 || hour < 0 || measure < 0 || !rows.length) return null;
  if (new Set(rows.map((row) => `${row[day]} ${row[hour]}`)).size < rows.length) return null;
  const most = Math.max(...rows.map((row) => Number(row[measure])), 1);
  const name = columns[measure].name.replaceAll("_", " ");
  const cells = rows.map((row) => ({
    weekday: row[day],
    hour: row[hour],
    share: Math.max(0, Number(row[measure]) / most),
    title: `${weekday(row[day])} ${String(row[hour]).padStart(2, "0")}:00\n${count(Number(row[measure]))} ${name}`,
  }));
  const label = `${name} by weekday and hour`;
  return [chart((width) => hours(cells, { width, label })), ramp("0", `${short(most)} ${name}`)];
}

// ---- Names, and steps

function ofNames(answer) {
  const texts = indexes(answer, isText);
  const [measure] = indexes(answer, isMeasure);
  if (!texts.length || measure === undefined || answer.rows.length < 2) return null;
  const rows = answer.rows.slice(0, MOST_BARS).filter((row) => Number(row[measure]) >= 0);
  const shown = rows.map((row) => ({ what: String(row[texts[0]] ?? "null"), by: texts[1] === undefined ? null : row[texts[1]], value: Number(row[measure]) }));
  if (!shown.length) return null;
  const cut = answer.rows.length > MOST_BARS ? h("p", { className: "note" }, `The first ${MOST_BARS} rows.`) : null;
  return [h("p", { className: "note" }, answer.columns[measure].name.replaceAll("_", " ")), bars(shown), cut];
}

function ofSteps(answer) {
  const { columns, rows } = answer;
  const x = columns.findIndex((column) => isStep(column) || column.type === "integer");
  const y = columns.findIndex((column, i) => i !== x && isMeasure(column));
  if (x < 0 || y < 0 || rows.length < 2 || rows.length > MOST_STEPS) return null;
  if (new Set(rows.map((row) => row[x])).size < rows.length) return null;
  const points = rows.map((row) => ({ x: row[x], y: Number(row[y]) }));
  const label = `${columns[y].name} by ${columns[x].name}`;
  return [
    chart((width) => {
      const every = Math.ceil(points.length / Math.max(1, width / 40));
      return frame(width, { x: { type: "band", padding: 0.15 }, y: { zero: true, nice: true }, label }, [
        axisX({ tickSize: 0, label: null, tickFormat: (value, i) => (i % every ? "" : String(value)) }),
        barY(points, { x: "x", y: "y", fill: "var(--accent)" }),
      ]);
    }),
    h("p", { className: "note" }, label.replaceAll("_", " ")),
  ];
}

export function autoChart(answer) {
  return overTime(answer) ?? ofHours(answer) ?? ofNames(answer) ?? ofSteps(answer);
}
