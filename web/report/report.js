// The report: renderReport(data, root) puts it into an element. `data` is what 'sparkify report --json' gives.

import { foreign, h } from "../shared/dom.js";
import { addDays, date, day, days, plural } from "../shared/format.js";
import { activity } from "./activity.js";
import { facts, health } from "./health.js";
import { modelBetween, modelSections, modelTitle } from "./model.js";
import { music } from "./music.js";
import { numbers } from "./numbers.js";
import { people } from "./people.js";

function asked({ from, to }) {
  if (from && to) return days(date(from), date(to));
  if (from) return `from ${day(date(from))} on`;
  if (to) return `until ${day(addDays(date(to), -1))}`;
  return null;
}

function between(report) {
  if (report.model) return modelBetween(report);
  if (!report.plays) return "No plays";
  const range = days(date(report.first_play.slice(0, 10)), addDays(date(report.last_play.slice(0, 10)), 1));
  return `${range} · ${plural(report.plays, "play")} by ${plural(report.users, "user")}`;
}

function head(report, sections) {
  const version = report.versions[0];
  const old = report.lake_version < report.newest_version ? ` of ${report.newest_version}` : "";
  const only = asked(report);
  return h("header", {},
    h("h1", {}, report.model ? foreign(modelTitle(report)) : "How Sparkify is used"),
    h("p", { className: "between" }, between(report)),
    h("p", { className: "note" }, foreign(report.lake, { className: "lake" }), ` · version ${report.lake_version}${old}, written ${day(date(version.time))}`,
      only ? ` · only ${only}` : null),
    h("nav", { "aria-label": "Sections" }, sections.map(({ id, title }) => h("a", { href: `#${id}` }, title))));
}

function section({ id, title, body }) {
  return h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), body);
}

const cards = (all) => h("div", { className: "cards" }, all);

// What there is to see: of a lake without plays, what state it is in.
function sectionsOf(report) {
  if (report.model) return modelSections(report).map(({ before, cards: all, ...rest }) => ({ ...rest, body: [before, cards(all)] }));
  const data = { id: "health", title: "Data health", body: [facts(report), cards(health(report))] };
  if (!report.plays)
    return [data];
  return [
    { id: "numbers", title: "Key numbers", body: numbers(report) },
    { id: "activity", title: "Activity", body: cards(activity(report)) },
    { id: "people", title: "People", body: cards(people(report)) },
    { id: "music", title: "Music", body: cards(music(report)) },
    data,
  ];
}

function empty(report) {
  const days = asked(report);
  if (report.model) return h("p", { className: "empty" }, days ? `There are no rows (${days}).` : "There are no rows yet.");
  return h("p", { className: "empty" }, days ? `Nothing was played (${days}).` : "Nothing has been played yet: the lake holds no plays.");
}

export function renderReport(report, root) {
  const sections = sectionsOf(report);
  root.replaceChildren(
    head(report, sections),
    h("main", {}, (report.model ? report.rows : report.plays) ? null : empty(report), sections.map(section)),
    h("footer", {}, h("p", { className: "note" }, "Days, weeks and hours are those of UTC; weeks begin on Monday. Numbers cover the period shown at the top",
      report.model ? "." : ", except the key numbers.")),
  );
}
