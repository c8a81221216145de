// An answer: {sql, columns: [{name, type}], rows: [[…]]}; as objects, as CSV, as a table.

import { foreign, h } from "./dom.js";
import { NO_VALUE, number } from "./format.js";

const NUMBERS = new Set(["integer", "double", "number"]);

export const isNumber = (column) => NUMBERS.has(column.type);

export function objects(answer) {
  return answer.rows.map((row) => Object.fromEntries(answer.columns.map((column, i) => [column.name, row[i]])));
}

function csvValue(value) {
  if (value === null) return "";
  const text = String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// As 'sparkify query --format csv' writes it.
export function csv(answer) {
  const lines = [answer.columns.map((column) => column.name), ...answer.rows];
  return lines.map((line) => line.map(csvValue).join(",") + "\n").join("");
}

// Hands a text over as a file.
export function download(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// Years and ids are numbers that nobody adds up.
const isPlain = (column) => /^(year|month|week|hour|weekday|decade)$|_id$/.test(column.name);

function cell(column, value) {
  const className = isNumber(column) ? "number" : null;
  if (value === null) return h("td", { className: isNumber(column) ? "number none" : "none" }, NO_VALUE);
  if (isNumber(column) && !isPlain(column)) return h("td", { className }, number(value));
  return h("td", { className }, foreign(typeof value === "object" ? JSON.stringify(value) : String(value)));
}

export function table(answer, caption) {
  const head = answer.columns.map((column) =>
    h("th", { scope: "col", className: isNumber(column) ? "number" : null }, column.name.replaceAll("_", " ")),
  );
  const rows = answer.rows.map((row) => h("tr", {}, answer.columns.map((column, i) => cell(column, row[i]))));
  return h(
    "table",
    {},
    h("caption", { className: "for-readers" }, caption),
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, rows),
  );
}

// What stands behind a chart: its table, its SQL and a file of CSV. `answer` is a function, since what a chart shows
// may change; the table is made when it is first looked at.
export function behind(title, name, answer) {
  const body = h("div", { className: "behind-body" });
  const fill = () => {
    const now = answer();
    const rows = h("div", { className: "scroll", tabindex: 0, role: "region", "aria-label": `${title}: table` });
    rows.append(now.rows.length ? table(now, title) : h("p", { className: "note" }, "No rows."));
    body.replaceChildren(rows);
    if (now.sql) body.append(h("pre", { tabindex: 0, role: "region", "aria-label": `${title}: SQL` }, now.sql));
  };
  const details = h(
    "details",
    { ontoggle: () => details.open && fill() },
    h("summary", {}, answer().sql ? "Table and SQL" : "Table", h("span", { className: "for-readers" }, ` of ${title}`)),
    body,
  );
  details.refresh = () => details.open && fill();
  const button = h(
    "button",
    { type: "button", className: "quiet", "data-csv": name, onclick: () => download(`${name}.csv`, csv(answer())) },
    "CSV",
    h("span", { className: "for-readers" }, ` of ${title}`),
  );
  const footer = h("div", { className: "behind" }, details, button);
  footer.refresh = details.refresh;
  return footer;
}
