// When and how much people listen.

import { objects } from "../shared/answer.js";
import { columns, hasAverage, hours, line, ramp, weekday } from "../shared/charts.js";
import { addDays, count, date, day, days, month, plural, share, short } from "../shared/format.js";
import { card, chart, choice, key } from "../shared/parts.js";

// The times that the plays of the report begin and end at; weeks and months beyond them are not whole.
function whole(report, from, to) {
  const begin = date(report.first_play.slice(0, 10));
  const end = addDays(date(report.last_play.slice(0, 10)), 1);
  return from >= begin && to <= end;
}

function summary(points, what) {
  const values = points.map((point) => point.y);
  if (!values.length) return `${what}: nothing`;
  return `${what}: between ${count(Math.min(...values))} and ${count(Math.max(...values))}, at the end ${count(values.at(-1))}`;
}

const title = (when, row) => `${when}\n${plural(row.users, "user")}\n${plural(row.plays, "play")}`;

// A day without plays has no row, and no users.
function daily(report) {
  const rows = objects(report.answers.days);
  const byDay = new Map(rows.map((row) => [date(row.day).getTime(), row]));
  const points = [];
  for (let at = date(rows[0].day); at <= date(rows.at(-1).day); at = addDays(at, 1)) {
    const row = byDay.get(at.getTime()) ?? { users: 0, plays: 0 };
    points.push({ x: at, y: row.users, title: title(day(at), row) });
  }
  return points;
}

function bar(report, x1, x2, row, when) {
  return { x1, x2, y: row.users, total: row.users, series: "", partial: !whole(report, x1, x2), title: title(when, row) };
}

function weekly(report) {
  return objects(report.answers["weekly-users"]).map((row) => {
    const from = date(row.week);
    return bar(report, from, addDays(from, 7), row, days(from, addDays(from, 7)));
  });
}

function monthly(report) {
  return objects(report.answers["monthly-users"]).map((row) => {
    const from = new Date(Date.UTC(row.year, row.month - 1, 1));
    return bar(report, from, new Date(Date.UTC(row.year, row.month, 1)), row, month(from));
  });
}

// A line needs some points.
function dayChart(points, width) {
  const label = summary(points, "Active users of each day");
  if (points.length > 2) return line(points, { width, label });
  return columns(points.map((p) => ({ ...p, x1: p.x, x2: addDays(p.x, 1), total: p.y, series: "" })), { width, label });
}

const SPANS = {
  day: { answer: "days", points: daily, draw: dayChart },
  week: { answer: "weekly-users", points: weekly, draw: (points, width) => columns(points, { width, label: summary(points, "Active users of each week") }) },
  month: { answer: "monthly-users", points: monthly, draw: (points, width) => columns(points, { width, tick: month, label: summary(points, "Active users of each month") }) },
};

function activeUsers(report) {
  let span = SPANS.day;
  const place = chart((width) => span.draw(span.points(report), width));
  const points = daily(report);
  const average = hasAverage(points) ? key(["average of 7 days"], ["each day", "pale"]) : null;
  const options = [["day", "Day"], ["week", "Week"], ["month", "Month"]];
  const made = card({
    name: "active-users",
    title: "Active users",
    about: "Different users who played at least one song",
    head: choice("span", "Active users of each", options, (value) => {
      span = SPANS[value];
      if (average) average.hidden = value !== "day";
      place.redraw();
      made.refresh();
    }),
    body: [place, average],
    answer: () => report.answers[span.answer],
  });
  return made;
}

function levels(report) {
  const series = ["paid", "free"];
  const weeks = objects(report.answers["levels-by-week"]);
  const bars = weeks.flatMap((row) => {
    const x1 = date(row.week);
    const x2 = addDays(x1, 7);
    const total = row.free_plays + row.paid_plays;
    const text = series.map((level) => `${level}: ${plural(row[`${level}_plays`], "play")} of ${plural(row[`${level}_users`], "user")}`);
    const title = [days(x1, x2), ...text].join("\n");
    return series.map((level) => ({ x1, x2, y: row[`${level}_plays`], total, series: level, partial: !whole(report, x1, x2), title }));
  });
  const sum = (level) => weeks.reduce((all, row) => all + row[`${level}_plays`], 0);
  const paid = share(sum("paid"), sum("paid") + sum("free"));
  return card({
    name: "free-and-paid",
    title: "Free and paid",
    about: "Plays of each week, by the level of the listener",
    size: "half",
    body: [
      chart((width) =>
        columns(bars, {
          width,
          series,
          colours: ["var(--accent)", "var(--second)"],
          label: `Plays of each week by level; ${paid} of all plays are of paying users`,
        }),
      ),
      key(["paid"], ["free", "second"], ...(bars.some((b) => b.partial) ? [["not a whole week", "pale"]] : [])),
    ],
    answer: () => report.answers["levels-by-week"],
  });
}

function heatMap(report) {
  const found = objects(report.answers.hours).map((row) => ({ ...row, plays: Number(row.plays) }));
  const most = Math.max(...found.map((row) => row.plays));
  const busiest = found.find((row) => row.plays === most);
  const all = new Map(found.map((row) => [row.weekday * 24 + row.hour, row]));
  const cells = [2, 3, 4, 5, 6, 7, 1].flatMap((number) =>
    [...Array(24).keys()].map((hour) => {
      const row = all.get(number * 24 + hour) ?? { plays: 0, listeners: 0 };
      const clock = `${String(hour).padStart(2, "0")}:00`;
      const title = `${weekday(number)} ${clock}\n${plural(row.plays, "play")}\n${plural(row.listeners, "listener")}`;
      return { weekday: number, hour, share: row.plays / most, title };
    }),
  );
  const label = `Plays by weekday and hour; most on ${weekday(busiest.weekday)} at ${busiest.hour}:00: ${count(most)}`;
  return card({
    name: "hours",
    title: "When people listen",
    about: "Plays by weekday and hour, UTC",
    size: "half",
    body: [chart((width) => hours(cells, { width, label })), ramp("0", `${short(most)} ${most === 1 ? "play" : "plays"}`)],
    answer: () => report.answers.hours,
  });
}

export const activity = (report) => [activeUsers(report), levels(report), heatMap(report)];
