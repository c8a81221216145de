// What state the data is in.

import { objects } from "../shared/answer.js";
import { columns } from "../shared/charts.js";
import { h } from "../shared/dom.js";
import { bytes, count, date, day, month, percent, plural, share, time } from "../shared/format.js";
import { bars, card, chart, note } from "../shared/parts.js";

const REASONS = {
  not_json: "Not JSON",
  not_object: "Not a JSON object",
  not_utf8: "Not UTF-8",
  too_deep: "Nested too deeply",
  too_long: "Too long",
  missing_field: "A field is missing",
  wrong_type: "A field has another type",
  out_of_range: "A number is out of range",
  unknown_field: "A field that the model does not know",
};

const rejected = (run) => Object.values(run?.codes ?? {}).reduce((all, n) => all + n, 0);

// A run's id begins with its time: "20181101T120000Z-1f2e3d4c".
const runTime = (id) =>
  time(id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*/, "$1-$2-$3T$4:$5:$6Z"));

export function fact(name, value, about) {
  return h("div", { className: "tile fact", "data-fact": name }, h("dt", {}, name), h("dd", {}, value, h("small", {}, about)));
}

// The last run, and what it has rejected.
export function runFacts(report) {
  const newest = report.versions[0];
  const last = report.rejects.find((run) => run.run === newest.run);
  return [
    fact("Last run", day(date(newest.time)), `at ${newest.time.slice(11, 16)} UTC: version ${newest.version}`),
    fact("Rejected records", count(rejected(last)), rejected(last) ? "by the last run; see why below" : "by the last run"),
  ];
}

export function facts(report) {
  const matched = objects(report.answers.matched).reduce((all, row) => all + row.matched, 0);
  const lastPlay = report.last_play ? day(date(report.last_play)) : "None";
  return h("dl", { className: "tiles" },
    fact("Last play", lastPlay, report.last_play ? `at ${report.last_play.slice(11, 16)} UTC` : "no play in these days"),
    ...runFacts(report),
    fact("In the catalogue", share(matched, report.plays), `${count(matched)} of ${plural(report.plays, "play")}`));
}

function matched(report) {
  const rows = objects(report.answers.matched).map((row) => {
    const x1 = new Date(Date.UTC(row.year, row.month - 1, 1));
    const x2 = new Date(Date.UTC(row.year, row.month, 1));
    const title = `${month(x1)}\n${percent(row.matched_percent)}\n${count(row.matched)} of ${plural(row.plays, "play")}`;
    return { x1, x2, y: row.matched_percent, total: row.matched_percent, series: "", title };
  });
  const last = rows.at(-1);
  return card({
    name: "matched",
    title: "Plays whose song is in the catalogue",
    about: "Percent of the plays of each month",
    size: "half",
    body: chart((width) => columns(rows, { width, tick: month, top: 100, label: `Percent of each month's plays whose song is in the catalogue; in the last month ${percent(last.y)}` })),
    answer: () => report.answers.matched,
  });
}

function missingSongs(report) {
  const rows = objects(report.answers["missing-songs"]);
  const found = rows.map((row) => ({ what: row.song, by: row.artist ?? "No name", value: row.plays }));
  const missing = objects(report.answers.nulls)[0];
  return card({
    name: "missing-songs",
    title: "Most played songs that the catalogue lacks",
    about: "Plays; 'sparkify query unmatched' lists what nearly matches",
    size: "half",
    body: found.length ? bars(found, { ranked: true, unit: "plays" }) : note(missing.song < missing.plays ? "The catalogue has every song that was played." : "No play names its song."),
    answer: () => report.answers["missing-songs"],
  });
}

const COLUMNS = {
  song: "Song",
  artist: "Artist",
  length: "Length",
  song_id: "Song of the catalogue",
  artist_id: "Artist of the catalogue",
  session_id: "Session",
  location: "Location",
  user_agent: "User agent",
};

function nulls(report) {
  const row = objects(report.answers.nulls)[0];
  const found = Object.entries(COLUMNS).map(([name, what]) => ({ what, value: row[name], of: row.plays }));
  return card({
    name: "nulls",
    title: "Missing values",
    about: "Plays without a value in the column",
    size: "half",
    body: bars(found, { top: row.plays, unit: "plays" }),
    answer: () => report.answers.nulls,
  });
}

function rejectsAnswer(report) {
  const names = [["run", "text"], ["code", "text"], ["records", "integer"]];
  return {
    columns: names.map(([name, type]) => ({ name, type })),
    rows: report.rejects.flatMap((run) => Object.entries(run.codes).map(([code, n]) => [run.run, code, n])),
  };
}

export function rejects(report, size = report.plays ? "half" : "") {
  const newest = report.rejects.find((run) => rejected(run) > 0);
  const sorted = Object.entries(newest?.codes ?? {}).sort((a, b) => b[1] - a[1]);
  const rows = sorted.map(([code, value]) => ({ what: REASONS[code] ?? code, value, of: rejected(newest) }));
  const many = newest && `${newest.is_cut ? "The first " : ""}${plural(rejected(newest), "record")} of the run of ${runTime(newest.run)}`;
  return card({
    name: "rejects",
    title: "Rejected records",
    about: many ?? "By reason",
    size,
    body: rows.length ? bars(rows, { unit: "records" }) : note("No run has rejected a record."),
    answer: () => rejectsAnswer(report),
  });
}

const KINDS = { songplays: ["plays", "Plays"], users: ["users", "Users"], songs: ["songs", "Songs"], artists: ["artists", "Artists"] };

// `kinds`: the tables, with the column of the answer that counts their rows, and its head.
function versionsAnswer(report, kinds) {
  const rows = report.versions.map((version, i) => {
    const before = report.versions[i + 1]?.tables;
    const values = Object.keys(kinds).flatMap((name) => {
      const now = version.tables[name]?.rows ?? 0;
      return [now, before ? now - (before[name]?.rows ?? 0) : null];
    });
    const files = Object.values(version.tables);
    return [version.version, version.time, version.operation, ...values,
      files.reduce((all, one) => all + one.added_files, 0), files.reduce((all, one) => all + one.removed_files, 0),
      files.reduce((all, one) => all + one.bytes, 0), version.run];
  });
  const names = Object.values(kinds).flatMap(([name]) => [[name, "integer"], [`${name}_more`, "integer"]]);
  const all = [["version", "integer"], ["time", "timestamp"], ["operation", "text"], ...names,
    ["added_files", "integer"], ["removed_files", "integer"], ["bytes", "integer"], ["run", "text"]];
  return { columns: all.map(([name, type]) => ({ name, type })), rows };
}

// What a table has gained or lost; nothing where it has stayed the same, or nothing is known of before.
const change = (n) => (n ? `${n > 0 ? "+" : "−"}${count(Math.abs(n))}` : "");

function versionRow(row, columns, kinds) {
  const of = Object.fromEntries(columns.map((column, i) => [column.name, row[i]]));
  const cells = Object.values(kinds).map(([name]) =>
    h("td", { className: "number" }, count(of[name]), h("small", { className: "change" }, change(of[`${name}_more`]))));
  return h("tr", {}, h("th", { scope: "row" }, `${of.version}`), h("td", {}, time(of.time)), h("td", {}, of.operation), cells,
    h("td", { className: "number" }, `+${count(of.added_files)} −${count(of.removed_files)}`), h("td", { className: "number" }, bytes(of.bytes)));
}

export function versions(report, kinds = KINDS) {
  const answer = versionsAnswer(report, kinds);
  const named = Object.values(kinds).map(([, title]) => [title, "number"]);
  const heads = [["Version", ""], ["Run began", ""], ["What it did", ""], ...named, ["Files", "number"], ["Size", "number"]];
  const head = heads.map(([text, className]) => h("th", { scope: "col", className }, text));
  const made = h("table", {}, h("caption", { className: "for-readers" }, "What the last runs changed"),
    h("thead", {}, h("tr", {}, head)), h("tbody", {}, answer.rows.map((row) => versionRow(row, answer.columns, kinds))));
  return card({
    name: "versions",
    title: "What the last runs changed",
    about: "Rows of the tables in the newest versions of the lake, and how many were added",
    body: h("div", { className: "scroll", tabindex: 0, role: "region", "aria-label": "What the last runs changed: versions" }, made),
    answer: () => answer,
  });
}

export function health(report) {
  const ofPlays = report.plays ? [matched(report), missingSongs(report), nulls(report)] : [];
  return [...ofPlays, rejects(report), versions(report)];
}
