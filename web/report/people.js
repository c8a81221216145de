// Who listens, from where, with what, and who comes again.

import { objects } from "../shared/answer.js";
import { LIGHT_STEPS, ramp, STATES, step, tiles } from "../shared/charts.js";
import { h, hidden } from "../shared/dom.js";
import { count, date, plural, short, shortDay } from "../shared/format.js";
import { bars, card, chart, note } from "../shared/parts.js";

const WEEKS = 12;
const NO_LATER_WEEK = "All new users came in the last week: none can have returned in a later one.";
const NO_NEW_USERS = "There are no new users in the last 26 weeks.";

function cohortRow([cohort, counts], weeks, latest, most) {
  const users = counts.get(0) ?? 0;
  const cells = weeks.map((week) => {
    const begin = date(cohort).getTime() + week * 7 * 86400000;
    if (begin > latest) return h("td", { className: "empty" });
    const part = users ? (counts.get(week) ?? 0) / users : 0;
    const shade = step(most ? part / most : 0);
    return h("td", { className: `h${shade} ${shade < LIGHT_STEPS ? "low" : "high"}` }, `${Math.round(100 * part)}`, hidden("%"));
  });
  return h("tr", {}, h("th", { scope: "row" }, shortDay(date(cohort))), h("td", { className: "users" }, count(users)), cells);
}

function retention(report) {
  const cohorts = new Map();
  const latest = date(report.last_play.slice(0, 10)).getTime();
  for (const row of objects(report.answers.retention)) {
    if (!cohorts.has(row.cohort)) cohorts.set(row.cohort, new Map());
    cohorts.get(row.cohort).set(row.weeks_later, row.users);
  }
  const shown = [...cohorts].slice(-(WEEKS + 1));
  const longest = Math.max(0, ...shown.map(([cohort]) => Math.floor((latest - date(cohort)) / (7 * 86400000))));
  const weeks = [...Array(Math.min(WEEKS, longest)).keys()].map((i) => i + 1);
  const parts = shown.flatMap(([, counts]) => weeks.map((week) => (counts.get(week) ?? 0) / (counts.get(0) ?? 1)));
  const most = Math.max(0, ...parts);
  const head = h("tr", {}, h("th", { scope: "col" }, "Week of"), h("th", { scope: "col", className: "users" }, "Users"),
    weeks.map((week) => h("th", { scope: "col" }, hidden("after "), `${week}`, hidden(week === 1 ? " week" : " weeks"))));
  const triangle = h("table", { className: "triangle" },
    h("caption", { className: "for-readers" }, "Percent of each week's new users who returned that many weeks later"),
    h("thead", {}, head), h("tbody", {}, shown.map((each) => cohortRow(each, weeks, latest, most))));
  const body = weeks.length
    ? [h("div", { className: "triangle-scroll", tabindex: 0, role: "region", "aria-label": "Retention: triangle" }, triangle), ramp("0%", `${Math.round(100 * most)}%`)]
    : note(shown.length ? NO_LATER_WEEK : NO_NEW_USERS);
  return card({
    name: "retention",
    title: "Retention",
    about: "Of the users who first came in a week: percent who returned that many weeks later",
    size: "two-thirds",
    body,
    answer: () => report.answers.retention,
  });
}

const STAGES = [
  ["users", "Played a song"],
  ["came_again", "Came again"],
  ["played_50", "Played 50 songs or more"],
  ["ever_paid", "Paid at some time"],
  ["paid_now", "Pay now"],
];

function funnel(report) {
  const row = objects(report.answers.funnel)[0];
  const stages = STAGES.map(([name, what]) => ({ what, value: row[name], of: row.users }));
  return card({
    name: "funnel",
    title: "From the first play to paying",
    about: "Users who reached each step",
    size: "third",
    body: bars(stages, { unit: "users", className: "large" }),
    answer: () => report.answers.funnel,
  });
}

function stateMap(report) {
  const all = objects(report.answers.states).map((row) => ({ ...row, plays: Number(row.plays) }));
  const states = all.filter((row) => row.state in STATES);
  const elsewhere = all.filter((row) => !(row.state in STATES));
  if (!states.length) return null;
  const most = Math.max(...states.map((row) => row.plays));
  for (const row of states) {
    row.share = Math.sqrt(row.plays / most); // a few states have most of the plays
    row.title = `${row.state}\n${plural(row.plays, "play")}\n${plural(row.listeners, "listener")}`;
  }
  const first = states[0];
  const other = elsewhere.slice(0, 5).map((row) => ({ what: row.state || "No state in the location", value: row.plays, of: report.plays }));
  return card({
    name: "states",
    title: "Where listeners are",
    about: "Plays by state",
    size: "half",
    body: [
      chart((width) => tiles(states, { width, label: `Plays by state; most in ${first.state}: ${count(first.plays)}` })),
      ramp("0", `${short(most)} ${most === 1 ? "play" : "plays"}`),
      other.length ? h("div", { className: "elsewhere" }, h("h4", {}, "Elsewhere"), bars(other)) : null,
    ],
    answer: () => report.answers.states,
  });
}

function places(report, size) {
  const found = objects(report.answers.locations).slice(0, 10);
  const rows = found.map((row) => ({ what: row.location ?? "No location", value: row.plays, of: report.plays }));
  return card({
    name: "locations",
    title: "Places",
    about: "The locations with the most plays",
    size,
    body: bars(rows, { ranked: true, unit: "plays" }),
    answer: () => report.answers.locations,
  });
}

function sums(rows, name, of) {
  const found = new Map();
  for (const row of rows) found.set(row[name], (found.get(row[name]) ?? 0) + Number(row.plays));
  const sorted = [...found].sort((a, b) => b[1] - a[1]);
  return sorted.map(([what, value]) => ({ what, value, of }));
}

function devices(report) {
  const rows = objects(report.answers.devices);
  const list = (name, title) => h("div", {}, h("h4", {}, title), bars(sums(rows, name, report.plays), { unit: "plays" }));
  return card({
    name: "devices",
    title: "Devices",
    about: "Plays by operating system and by browser",
    body: h("div", { className: "columns" }, list("system", "System"), list("browser", "Browser")),
    answer: () => report.answers.devices,
  });
}

export function people(report) {
  const map = stateMap(report);
  return [retention(report), funnel(report), map, places(report, map ? "half" : ""), devices(report)];
}
