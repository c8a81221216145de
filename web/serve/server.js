// What the server is asked. The token comes in the page's address, behind "#", which is never sent; it is kept for the
// tab, and taken out of the address.

const KEY = "sparkify-token";

export function takeToken() {
  const found = /^#token=([\w.~-]+)$/.exec(location.hash);
  if (!found) return false;
  sessionStorage.setItem(KEY, found[1]);
  history.replaceState(null, "", location.pathname + location.search);
  return true;
}

export const setToken = (token) => sessionStorage.setItem(KEY, token.replace(/^.*#token=/, "").trim());

// What went wrong: {message, hint, line, column}; `code` is HTTP's, 0 where nothing was answered.
export class Failure extends Error {
  constructor(code, error) {
    super(error.message);
    Object.assign(this, { code, hint: "", ...error });
  }
}

async function failure(response) {
  const text = await response.text();
  try {
    return new Failure(response.status, JSON.parse(text).error);
  } catch {
    return new Failure(response.status, { message: `the server answers with ${response.status}` });
  }
}

async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}`, ...options.headers };
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { ...options, headers, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, { message: "the server does not answer", hint: "Check that it runs, and that its address has not changed." });
  }
  if (!response.ok) throw await failure(response);
  return response;
}

const json = async (path, options) => (await ask(path, options)).json();

export const lake = () => json("api/lake");
export const questions = async () => (await json("api/questions")).questions;
export const report = (filters, signal) => json(`api/report?${new URLSearchParams(filters)}`, { signal });

const query = (sql, filters, format, signal) => [
  "api/query",
  { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sql, filters, format }), signal },
];

export const rows = (sql, filters, signal) => json(...query(sql, filters, "json", signal));
export const file = async (sql, filters, format, signal) => (await ask(...query(sql, filters, format, signal))).blob();
