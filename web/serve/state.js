// What is shown, in the page's address: the filters, which view, and the SQL that was run.

export const FILTERS = ["from", "to", "level", "state", "artist"];
const LONGEST_SQL = 4000; // of an address

export function read() {
  const parameters = new URLSearchParams(location.search);
  const filters = {};
  for (const name of FILTERS) if (parameters.get(name)) filters[name] = parameters.get(name);
  return { filters, view: parameters.get("view") === "sql" ? "sql" : "report", sql: parameters.get("sql") ?? "" };
}

export function address({ filters, view, sql }) {
  const parameters = new URLSearchParams(filters);
  if (view === "sql") parameters.set("view", "sql");
  if (view === "sql" && sql && sql.length <= LONGEST_SQL) parameters.set("sql", sql);
  const text = parameters.toString();
  return location.pathname + (text ? `?${text}` : "");
}

export function write(state) {
  const next = address(state);
  if (next !== location.pathname + location.search) history.pushState(null, "", next);
}

// ---- Queries that were run, kept by the browser for each lake

const MOST = 50;

export class History {
  constructor(lake) {
    this.key = `sparkify-history ${lake}`;
  }

  all() {
    try {
      const found = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found.filter((sql) => typeof sql === "string") : [];
    } catch {
      return [];
    }
  }

  add(sql) {
    const all = [sql, ...this.all().filter((other) => other !== sql)];
    try {
      localStorage.setItem(this.key, JSON.stringify(all.slice(0, MOST)));
    } catch {
      // full, or not allowed: there is no history then
    }
  }

  clear() {
    localStorage.removeItem(this.key);
  }
}
