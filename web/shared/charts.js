// Charts that take their colours from the style sheet, so that they follow it from light to dark and onto paper.

import { areaY, axisX, axisY, cell, gridY, lineY, plot, pointer, pointerX, rectY, ruleX, ruleY, text, tip, windowY } from "@observablehq/plot";
import { h, svg } from "./dom.js";
import { DAY_MS, short, shortDay } from "./format.js";

export const STEPS = 9;
export const LIGHT_STEPS = 6; // in light; in dark they are the dark ones

// Which of the nine colours stands for a value from 0 to 1, and the colour of text on it.
export const step = (share) => Math.max(0, Math.min(STEPS - 1, Math.floor(share * STEPS)));
export const colour = (share) => `var(--h${step(share)})`;
export const ink = (share) => (step(share) < LIGHT_STEPS ? "var(--ink-low)" : "var(--ink-high)");

// Marks that follow the pointer are made anew, each time with a name that a group must not have.
function unnamed(mark) {
  mark.ariaLabel = null;
  return mark;
}

const TIP = { title: "title", fill: "var(--card)", stroke: "var(--line)", textPadding: 9, fontSize: 12.5, lineHeight: 1.35 };

const tooltip = (data, how, options) => unnamed(tip(data, how({ ...options, ...TIP })));

function base(width, options) {
  return {
    width,
    className: "plot",
    marginLeft: 44,
    marginRight: 8,
    marginTop: 12,
    marginBottom: 24,
    style: { background: "transparent", color: "var(--soft)", fontSize: "12px" },
    ...options,
  };
}

// To a screen reader a chart is one picture with a description; its numbers are in the table behind it.
function picture(chart, label) {
  const image = chart.matches("svg") ? chart : chart.querySelector("svg");
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", label);
  for (const part of image.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  for (const part of image.querySelectorAll("[aria-hidden]")) part.removeAttribute("aria-hidden");
  return chart;
}

// Counts are whole numbers, also where there are few.
const steps = (top) => (top > 4 ? { ticks: 4 } : { interval: 1 });
const highest = (marks) => Math.max(0, ...marks.map((mark) => mark.y));

const axes = (ticks, top) => [
  gridY({ stroke: "var(--grid)", strokeOpacity: 1, ...steps(top) }),
  axisY({ ...steps(top), tickSize: 0, tickFormat: short, label: null }),
  axisX({ tickSize: 0, tickPadding: 8, label: null, ...ticks }),
];

const many = (width) => Math.max(2, Math.floor(width / 90));

// The ticks of an axis of times. A few whole days are named each: there is nothing at the hours between them.
const FEW_DAYS = 6;

export function timeTicks(times, ticks) {
  const found = [...new Set(times.map(Number))];
  const areDays = found.length <= FEW_DAYS && found.every((at) => at % DAY_MS === 0);
  return areDays ? { ticks: found.map((at) => new Date(at)), tickFormat: shortDay } : { ticks };
}

const AVERAGE_DAYS = 7;
const MANY_DAYS = 60;

// A line over days: points [{x: Date, y, title}]; of many days the average of a week is drawn upon it.
export function line(points, { width, height = 230, label }) {
  const isLong = hasAverage(points);
  const average = windowY({ k: AVERAGE_DAYS, anchor: "end", strict: true }, { x: "x", y: "y", stroke: "var(--accent)", strokeWidth: 2 });
  return picture(
    plot(
      base(width, {
        height,
        x: { type: "utc" },
        y: { zero: true, nice: true },
        marks: [
          ...axes(timeTicks(points.map(({ x }) => x), many(width)), highest(points)),
          isLong ? null : areaY(points, { x: "x", y: "y", fill: "var(--accent-soft)" }),
          lineY(points, {
            x: "x",
            y: "y",
            stroke: "var(--accent)",
            strokeOpacity: isLong ? 0.35 : 1,
            strokeWidth: isLong ? 1 : 1.75,
            strokeLinejoin: "round",
          }),
          isLong ? lineY(points, average) : null,
          ruleY([0], { stroke: "var(--line)" }),
          unnamed(ruleX(points, pointerX({ x: "x", stroke: "var(--soft)", strokeOpacity: 0.4 }))),
          tooltip(points, pointerX, { x: "x", y: "y" }),
        ],
      }),
    ),
    label,
  );
}

export const hasAverage = (points) => points.length > MANY_DAYS;

// A few bars are not as wide as the chart, and each is named: by its begin, or as `tick` says.
const FEW_BARS = 6;
const leastBars = (width) => Math.max(4, Math.round(width / 120));

function timeAxis(bars, width, tick) {
  const [first] = bars;
  const times = [...new Map(bars.map((bar) => [bar.x1.getTime(), bar])).values()];
  if (!first || times.length > FEW_BARS) return { domain: undefined, ticks: { ticks: many(width) } };
  const middle = (bar) => new Date((bar.x1.getTime() + bar.x2.getTime()) / 2);
  const names = new Map(times.map((bar) => [middle(bar).getTime(), tick(bar.x1)]));
  const length = first.x2 - first.x1;
  const end = Math.max(...times.map((bar) => bar.x2), first.x1.getTime() + leastBars(width) * length);
  const ticks = { ticks: times.map(middle), tickFormat: (at) => names.get(at.getTime()) };
  return { domain: [first.x1, new Date(end)], ticks };
}

// Bars over time: [{x1: Date, x2: Date, y, series, title, partial}], the bars of one time upon each other. Those of
// times that are not whole are paler. The axis reaches to `top`, or as far as the bars do.
export function columns(bars, { width, height = 230, label, series = [""], colours = ["var(--accent)"], top, tick = shortDay }) {
  const end = top ?? (highest(bars) || 1); // bars of nothing have an axis, too
  const inset = Math.min(4, Math.max(0.5, (width / Math.max(leastBars(width), bars.length / series.length) - 3) * 0.08));
  const { domain, ticks } = timeAxis(bars, width, tick);
  return picture(
    plot(
      base(width, {
        height,
        x: { type: "utc", domain },
        y: { zero: true, nice: top === undefined, domain: top || !highest(bars) ? [0, end] : undefined },
        color: { domain: series, range: colours },
        marks: [
          ...axes(ticks, end),
          rectY(bars, {
            x1: "x1",
            x2: "x2",
            y: "y",
            fill: "series",
            fillOpacity: (bar) => (bar.partial ? 0.4 : 1),
            order: series,
            inset: 0,
            insetLeft: inset,
            insetRight: inset,
          }),
          ruleY([0], { stroke: "var(--line)" }),
          tooltip(bars, pointerX, { x1: "x1", x2: "x2", y: "total" }),
        ],
      }),
    ),
    label,
  );
}

const WEEKDAYS = ["", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
export const weekday = (number) => WEEKDAYS[number];

// Hour by weekday: [{weekday: 1 = Sunday, hour, share, title}], share from 0 to 1.
export function hours(cells, { width, label }) {
  const row = Math.max(20, Math.min(30, width / 20));
  return picture(
    plot(
      base(width, {
        height: Math.round(row * 7 + 28),
        marginLeft: 36,
        marginTop: 0,
        marginRight: 0,
        padding: 0.07,
        x: { domain: [...Array(24).keys()] },
        y: { domain: [2, 3, 4, 5, 6, 7, 1] },
        color: { type: "identity" },
        marks: [
          axisX({ tickSize: 0, tickPadding: 8, label: null, tickFormat: (hour) => (hour % 3 ? "" : String(hour).padStart(2, "0")) }),
          axisY({ tickSize: 0, label: null, tickFormat: weekday }),
          cell(cells, { x: "hour", y: "weekday", fill: (d) => colour(d.share), rx: 2 }),
          tooltip(cells, pointer, { x: "hour", y: "weekday" }),
        ],
      }),
    ),
    label,
  );
}

// The states of the US as tiles: column and row.
export const STATES = {
  AK: [0, 0], ME: [10, 0], VT: [9, 1], NH: [10, 1],
  WA: [0, 2], ID: [1, 2], MT: [2, 2], ND: [3, 2], MN: [4, 2], IL: [5, 2], WI: [6, 2], MI: [7, 2], NY: [8, 2], RI: [9, 2], MA: [10, 2],
  OR: [0, 3], NV: [1, 3], WY: [2, 3], SD: [3, 3], IA: [4, 3], IN: [5, 3], OH: [6, 3], PA: [7, 3], NJ: [8, 3], CT: [9, 3],
  CA: [0, 4], UT: [1, 4], CO: [2, 4], NE: [3, 4], MO: [4, 4], KY: [5, 4], WV: [6, 4], VA: [7, 4], MD: [8, 4], DE: [9, 4],
  AZ: [1, 5], NM: [2, 5], KS: [3, 5], AR: [4, 5], TN: [5, 5], NC: [6, 5], SC: [7, 5], DC: [8, 5],
  OK: [3, 6], LA: [4, 6], MS: [5, 6], AL: [6, 6], GA: [7, 6],
  HI: [0, 7], TX: [3, 7], FL: [8, 7],
};

// [{state, plays, share, title}] of states in STATES; the others stay empty.
export function tiles(states, { width, label }) {
  const found = new Map(states.map((state) => [state.state, state]));
  const all = Object.entries(STATES).map(([state, [x, y]]) => ({ state, x, y, ...found.get(state) }));
  const known = all.filter((d) => d.share !== undefined);
  const size = width / 11;
  const large = size > 40;
  return picture(
    plot(
      base(width, {
        height: Math.round(size * 8 * 0.86),
        margin: 0,
        marginLeft: 0,
        marginTop: 0,
        marginRight: 0,
        marginBottom: 0,
        padding: 0.07,
        axis: null,
        x: { domain: [...Array(11).keys()] },
        y: { domain: [...Array(8).keys()] },
        color: { type: "identity" },
        marks: [
          cell(all, { x: "x", y: "y", fill: (d) => (d.share === undefined ? "var(--card)" : colour(d.share)), stroke: (d) => (d.share === undefined ? "var(--line)" : "none"), rx: 3 }),
          text(all, {
            x: "x",
            y: "y",
            text: "state",
            fontSize: large ? 12 : 9.5,
            fontWeight: large ? 600 : 500,
            fill: (d) => (d.share === undefined ? "var(--soft)" : ink(d.share)),
            ...(large ? { dy: -6 } : {}),
          }),
          ...(large
            ? [text(known, { x: "x", y: "y", text: (d) => short(d.plays), dy: 8, fontSize: 10.5, fill: (d) => ink(d.share) })]
            : []),
          tooltip(known, pointer, { x: "x", y: "y" }),
        ],
      }),
    ),
    label,
  );
}

// A small line without axes; what is before `begin` is paler.
export function sparkline(values, begin = 0) {
  const width = 120;
  const height = 28;
  const top = Math.max(...values, 0) || 1;
  const point = (value, i) => `${((i / (values.length - 1)) * width).toFixed(1)},${(height - 2 - (value / top) * (height - 4)).toFixed(1)}`;
  const points = values.map(point);
  const part = (from, to, className) => svg("polyline", { points: points.slice(from, to).join(" "), class: className });
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, class: "sparkline", preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
    ...(begin > 0 ? [part(0, begin + 1, "before")] : []),
    part(begin, values.length, "now"),
  );
}

// The colours from the least to the most, with what they stand for.
export function ramp(least, most) {
  const colours = [...Array(STEPS).keys()].map((i) => h("i", { className: `h${i}` }));
  return h("div", { className: "key" }, h("span", {}, least, h("span", { className: "ramp" }, colours), most));
}

// Draws a chart into an element, and again when its width changes.
export function drawn(draw) {
  const place = h("div", { className: "chart" });
  let width = 0;
  place.redraw = () => {
    if (width) place.replaceChildren(draw(width));
  };
  new ResizeObserver(() => {
    if (place.clientWidth === width || place.clientWidth === 0) return;
    width = place.clientWidth;
    place.redraw();
  }).observe(place);
  return place;
}
