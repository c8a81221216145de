// Parts that cards are made of.

import { behind } from "./answer.js";
import { drawn } from "./charts.js";
import { foreign, h } from "./dom.js";
import { count, share } from "./format.js";

// A card: {name, title, about, size: "half" | …, body: elements, head: elements, answer: function or null}.
export function card({ name, title, about, size = "", body, head = null, answer = null }) {
  const id = `card-${name}`;
  const text = h("div", {}, h("h3", { id }, title), h("p", {}, about));
  const footer = answer && behind(title, name, answer);
  const made = h(
    "section",
    { className: `card ${size}`, "aria-labelledby": id, "data-card": name },
    h("div", { className: "card-head" }, text, head),
    h("div", { className: "card-body" }, body),
    footer,
  );
  made.refresh = () => footer?.refresh();
  return made;
}

export const chart = drawn;

export const note = (text) => h("p", { className: "note" }, text);

export function key(...names) {
  return h("div", { className: "key" }, names.map(([name, className = ""]) => h("span", {}, h("i", { className }), name)));
}

// Bars: rows of {what, by, value, of}; `of` is what 100 % are, for a share beside the number. A bar is as long as its
// value is beside `top`, or with `byShare` beside its `of`.
export function bars(rows, { ranked = false, top = Math.max(...rows.map((row) => row.value)), unit = "", className = "", byShare = false } = {}) {
  const length = (row) => (byShare ? row.value / row.of : top ? row.value / top : 0);
  const bar = (row) =>
    h("span", { className: "bar" }, h("i", { "--share": `${100 * length(row)}%`, className: row.value ? "" : "none" }));
  const line = (row) =>
    h(
      "li",
      {},
      h("span", { className: "what", title: row.by ? `${row.what} – ${row.by}` : row.what },
        foreign(row.what), row.by ? foreign(row.by, { className: "by" }) : null),
      h("span", { className: "much" }, count(row.value), unit && h("span", { className: "for-readers" }, ` ${unit}`),
        row.of !== undefined ? [" ", h("span", { className: "of" }, share(row.value, row.of))] : null),
      bar(row),
    );
  return h(ranked ? "ol" : "ul", { className: `bars ${ranked ? "ranked" : ""} ${className}` }, rows.map(line));
}

// A choice of a few: [[value, label], …]; tells when another one is made.
export function choice(name, legend, options, changed) {
  const label = ([value, text], i) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: i === 0, onchange: () => changed(value) }), text);
  return h("fieldset", { className: "choice" }, h("legend", { className: "for-readers" }, legend), options.map(label));
}
