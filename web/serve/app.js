// The page: filters above two views, the report and SQL; what it shows is in its address.

import { foreign, h } from "../shared/dom.js";
import { renderReport } from "../report/report.js";
import { Filters } from "./filters.js";
import * as server from "./server.js";
import { SqlView } from "./sql_view.js";
import { address, History, read, write } from "./state.js";

const LOOK_EVERY_MS = 5000;
const VIEWS = [["report", "Report"], ["sql", "SQL"]];

class App {
  constructor(root) {
    this.root = root;
    this.state = read();
    this.filters = new Filters((filters) => this.go({ filters }));
    this.filters.set(this.state.filters);
    this.sqlView = new SqlView({
      server,
      filters: () => this.state.filters,
      ran: (sql) => this.write({ sql }),
      tell: (error) => this.tell(error),
    });
    this.links = Object.fromEntries(VIEWS.map(([view, text]) => [view, h("a", { href: "?", onclick: (event) => this.follow(event, view) }, text)]));
    this.notice = h("div", { className: "notice", role: "status" });
    this.report = h("div", { className: "report" });
    this.head = h("section", { className: "top", "aria-label": "Views and filters" },
      h("div", { className: "bar" }, h("strong", {}, "Sparkify"), h("nav", { "aria-label": "Views" }, Object.values(this.links))),
      this.filters.element);
    root.replaceChildren(this.head, this.notice, this.report, this.sqlView.element);
    addEventListener("popstate", () => this.back());
    addEventListener("hashchange", () => server.takeToken() && location.reload());
    document.addEventListener("visibilitychange", () => this.look());
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  async open() {
    this.showView();
    try {
      const [lake, questions] = await Promise.all([server.lake(), server.questions()]);
      this.lake = lake;
      document.title = `Sparkify: ${lake.lake.split("/").filter(Boolean).at(-1) ?? lake.lake}`;
      this.know(lake);
      this.sqlView.know(lake, questions, new History(lake.lake));
    } catch (error) {
      this.tell(error);
      return;
    }
    await this.show();
    this.filters.load(server.rows).catch(() => {}); // choices only
  }

  know(lake) {
    this.filters.know(lake.filters);
    this.filters.days(lake.first ?? lake.first_play, lake.last ?? lake.last_play);
    const known = Object.entries(this.state.filters).filter(([name]) => lake.filters.includes(name));
    this.state.filters = Object.fromEntries(known);
  }

  // ---- Where we are

  follow(event, view) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.go({ view });
  }

  write(change) {
    Object.assign(this.state, change);
    write(this.state);
    this.showLinks();
  }

  go(change) {
    this.write(change);
    this.show();
  }

  back() {
    this.state = read();
    this.filters.set(this.state.filters);
    this.show();
  }

  showLinks() {
    for (const [view] of VIEWS) {
      this.links[view].href = address({ ...this.state, view }) || "?";
      if (view === this.state.view) this.links[view].setAttribute("aria-current", "page");
      else this.links[view].removeAttribute("aria-current");
    }
  }

  showView() {
    this.showLinks();
    this.report.hidden = this.state.view !== "report";
    this.sqlView.element.hidden = this.state.view !== "sql";
  }

  async show() {
    this.showView();
    if (!this.lake) return;
    if (this.state.view === "report") await this.showReport();
    else this.showSql();
  }

  showSql() {
    const filters = JSON.stringify(this.state.filters);
    const isOther = this.sqlFilters !== undefined && this.sqlFilters !== filters;
    this.sqlFilters = filters;
    if (isOther && this.sqlView.editor.text && !this.sqlView.result.hidden) this.sqlView.run(false);
    else this.sqlView.show(this.state.sql);
  }

  // ---- The report

  async showReport() {
    const wanted = `${this.lake.generation} ${JSON.stringify(this.state.filters)}`;
    if (wanted === this.shown) return;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.report.setAttribute("aria-busy", "true");
    try {
      const report = await server.report(this.state.filters, asking.signal);
      if (this.asking !== asking) return;
      renderReport(report, this.report);
      this.sayFilters();
      this.shown = wanted;
      this.say();
    } catch (error) {
      if (error.name !== "AbortError") this.tell(error) || this.say(h("p", { className: "bad" }, error.message), error.hint && h("p", {}, error.hint));
    }
    if (this.asking === asking) this.report.removeAttribute("aria-busy");
  }

  // On paper the filters themselves are not there; days the report says itself.
  sayFilters() {
    const { level, state, artist } = this.state.filters;
    const said = [level && `${level} level`, state, artist].filter(Boolean);
    if (said.length) this.report.querySelector("header .note")?.append(" · plays of ", foreign(said.join(", ")), " only");
  }

  // ---- Notices

  say(...parts) {
    this.notice.replaceChildren(...parts.filter(Boolean));
  }

  // What concerns the whole page; false: somebody else shows it.
  tell(error) {
    if (error.code === 401) this.askForToken();
    else if (!this.lake || error.code === 0) this.say(h("p", { className: "bad" }, error.message), error.hint && h("p", {}, error.hint));
    else return false;
    return true;
  }

  askForToken() {
    const field = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
    const open = (event) => {
      event.preventDefault();
      server.setToken(field.value);
      location.reload();
    };
    this.head.hidden = this.report.hidden = this.sqlView.element.hidden = true;
    this.notice.removeAttribute("role");
    this.say(h("main", { className: "token" },
      h("h1", {}, "This lake requires a token"),
      h("p", {}, "Open the address that ", h("code", {}, "sparkify serve"), " printed, or enter the part of it after ", h("code", {}, "#token="), "."),
      h("form", { onsubmit: open }, h("label", { for: "token" }, "Token"), field, h("button", { className: "primary" }, "Open"))));
    field.focus();
  }

  async look() {
    if (document.hidden || !this.lake) return;
    try {
      const lake = await server.lake();
      if (lake.generation === this.lake.generation) return;
      this.say(h("p", {}, `Version ${lake.version} of the lake is available. `,
        h("button", { type: "button", className: "quiet", onclick: () => this.take(lake) }, "Show it")));
    } catch (error) {
      if (error.code === 401) this.askForToken();
    }
  }

  take(lake) {
    this.lake = lake;
    this.filters.days(lake.first ?? lake.first_play, lake.last ?? lake.last_play);
    this.say();
    if (this.state.view === "report") this.showReport();
    else this.sqlView.run(false);
  }
}

export function start(root) {
  server.takeToken();
  new App(root).open();
}
