// Questions, the editor, and what came of a query.

import { table } from "../shared/answer.js";
import { autoChart } from "../shared/auto_chart.js";
import { foreign, h } from "../shared/dom.js";
import { count, plural } from "../shared/format.js";
import { choice } from "../shared/parts.js";
import { Editor } from "./editor.js";

const SHOWN_ROWS = 500;
const EXAMPLE = `SELECT level, count(*) AS plays, count(DISTINCT user_id) AS users
FROM songplays
GROUP BY level
ORDER BY plays DESC`;

// The first SQL that is shown.
function exampleOf({ facts, tables }) {
  const columns = tables.find(({ name }) => name === facts).columns.map(({ name }) => name);
  if (facts === "songplays" && ["level", "user_id"].every((name) => columns.includes(name))) return EXAMPLE;
  return `SELECT *\nFROM "${facts}"\nLIMIT 100`;
}

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const shortOf = (sql) => sql.replace(/--[^\n]*\n/g, " ").replace(/\s+/g, " ").trim().slice(0, 90);

export class SqlView {
  // `server`: what is asked; `filters`: those that are set; `ran`: told of SQL that was run.
  constructor({ server, filters, ran, tell }) {
    Object.assign(this, { server, filters, ran, tell });
    this.editor = new Editor(() => this.run());
    this.runButton = h("button", { type: "button", className: "primary", onclick: () => this.run() }, "Run");
    this.stopButton = h("button", { type: "button", hidden: true, onclick: () => this.stop() }, "Stop");
    this.csv = h("button", { type: "button", onclick: () => this.download("csv") }, h("span", { className: "wide" }, "Download "), "CSV");
    this.parquet = h("button", { type: "button", onclick: () => this.download("parquet") }, h("span", { className: "wide" }, "Download "), "Parquet");
    this.status = h("p", { className: "note status", role: "status" });
    this.result = h("section", { className: "card result", "aria-label": "Result", hidden: true });
    this.questionList = h("ul", { className: "picks" });
    this.historyList = h("ul", { className: "picks" });
    this.find = h("input", { type: "search", id: "find-question", placeholder: "Find a question", autocomplete: "off", oninput: () => this.listQuestions() });
    this.element = h("main", { className: "sql" }, h("h1", { className: "for-readers" }, "Ask the lake"), this.side(), this.middle());
    this.questions = [];
  }

  side() {
    const clear = h("button", { type: "button", className: "quiet", onclick: () => (this.history.clear(), this.listHistory()) }, "Clear");
    this.historyBox = h("details", {}, h("summary", {}, "History"), this.historyList, clear);
    return h("aside", { "aria-label": "Questions and history" },
      h("h2", {}, "Questions"),
      h("label", { className: "for-readers", for: "find-question" }, "Find a question"), this.find,
      this.questionList, this.historyBox);
  }

  middle() {
    const keys = h("span", { className: "note keys" }, "Ctrl+Enter");
    return h("div", { className: "middle" },
      h("div", { className: "card ask" }, this.editor.place,
        h("div", { className: "buttons" }, this.runButton, this.stopButton, keys, h("span", { className: "space" }), this.csv, this.parquet)),
      this.status, this.result);
  }

  know(lake, questions, history) {
    Object.assign(this, { questions, history, example: exampleOf(lake) });
    this.editor.know(lake, questions);
    this.listQuestions();
    this.listHistory();
  }

  show(sql) {
    if (sql && sql !== this.editor.text) {
      this.editor.text = sql;
      this.run(false);
    } else if (!this.editor.text) {
      this.editor.text = this.example;
    }
  }

  pick(sql) {
    this.editor.text = sql;
    this.run();
  }

  listQuestions() {
    const words = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = ({ name, summary }) => words.every((word) => `${name} ${summary}`.toLowerCase().includes(word));
    const item = ({ name, summary, sql }) =>
      h("li", {}, h("button", { type: "button", "data-question": name, onclick: () => this.pick(sql) },
        h("span", { className: "name" }, name), h("span", { className: "about" }, summary)));
    const found = this.questions.filter(matches);
    this.questionList.replaceChildren(...(found.length ? found.map(item) : [h("li", { className: "note" }, "No question contains these words.")]));
  }

  listHistory() {
    const all = this.history.all();
    this.historyBox.hidden = !all.length;
    this.historyList.replaceChildren(...all.map((sql) =>
      h("li", {}, h("button", { type: "button", title: sql, onclick: () => this.pick(sql) }, foreign(shortOf(sql) || sql.slice(0, 90), { className: "past" })))));
  }

  // ---- Running

  begin(what) {
    this.stop();
    this.asking = new AbortController();
    this.runButton.disabled = true;
    this.stopButton.hidden = false;
    this.status.textContent = what;
    this.editor.forgive();
    return this.asking;
  }

  end(asking) {
    if (this.asking !== asking) return;
    this.asking = null;
    this.runButton.disabled = false;
    this.stopButton.hidden = true;
  }

  stop() {
    this.asking?.abort();
  }

  async during(what, work) {
    const asking = this.begin(what);
    try {
      await work(asking.signal);
    } catch (error) {
      if (error.name === "AbortError") {
        if (this.asking === asking) this.status.textContent = "Stopped.";
      } else {
        this.fail(error);
      }
    } finally {
      this.end(asking);
    }
  }

  async run(isNew = true) {
    const sql = this.editor.text;
    if (!sql.trim()) return;
    if (isNew) this.ran(sql);
    this.history?.add(sql);
    if (this.history) this.listHistory();
    await this.during("Running …", async (signal) => this.answer(await this.server.rows(sql, this.filters(), signal)));
  }

  async download(format) {
    const sql = this.editor.text;
    if (!sql.trim()) return;
    await this.during(`Making the ${format} file …`, async (signal) => {
      const blob = await this.server.file(sql, this.filters(), format, signal);
      save(`result.${format}`, blob);
      this.status.textContent = `result.${format} is saved.`;
    });
  }

  // ---- What came of it

  fail(error) {
    if (this.tell(error)) return;
    this.status.textContent = "";
    this.result.hidden = false;
    this.result.replaceChildren(h("div", { className: "failure", role: "alert" },
      h("p", {}, foreign(error.message)), error.hint ? h("pre", { tabindex: 0, role: "region", "aria-label": "Hint" }, error.hint) : null));
    if (error.line) this.editor.pointAt(error.line, error.column);
  }

  answer(answer) {
    const more = answer.count > answer.rows.length ? `, of which the first ${count(answer.rows.length)} are shown; a download has all` : "";
    this.status.textContent = `${plural(answer.count, "row")}${more} · ${answer.seconds.toFixed(2)} s · version ${answer.version}`;
    const chart = answer.rows.length ? autoChart(answer) : null;
    const body = h("div", { className: "card-body" });
    const views = { table: () => this.table(answer), chart: () => chart };
    const look = (name) => body.replaceChildren(...[views[name]()].flat().filter(Boolean));
    const both = chart ? choice("look", "How the result is shown", [["chart", "Chart"], ["table", "Table"]], look) : null;
    this.result.hidden = false;
    this.result.replaceChildren(...[both && h("div", { className: "card-head" }, both), body].filter(Boolean));
    look(chart ? "chart" : "table");
  }

  table(answer) {
    if (!answer.columns.length || !answer.rows.length) return h("p", { className: "note" }, "No rows.");
    const shown = { ...answer, rows: answer.rows.slice(0, SHOWN_ROWS) };
    const place = h("div", { className: "scroll", tabindex: 0, role: "region", "aria-label": "Rows" }, table(shown, "Rows of the result"));
    if (answer.rows.length <= SHOWN_ROWS) return place;
    const all = h("button", { type: "button", className: "quiet", onclick: () => (place.replaceChildren(table(answer, "Rows of the result")), all.remove()) },
      `Show all ${count(answer.rows.length)}`);
    return [place, all];
  }
}
