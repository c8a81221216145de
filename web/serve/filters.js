// The filters above both views: each change tells `changed` with those that are set.

import { h } from "../shared/dom.js";

const STATES = `SELECT DISTINCT regexp_extract(location, ', ([A-Z]+)', 1) AS state FROM songplays
WHERE location LIKE '%, %' ORDER BY state`;
const ARTISTS = `SELECT artist FROM songplays WHERE artist IS NOT NULL
GROUP BY artist ORDER BY count(*) DESC, artist LIMIT 500`;

const LEVELS = [["", "All levels"], ["free", "Free"], ["paid", "Paid"]];

const field = (name, label, control) =>
  h("div", { className: "field" }, h("label", { for: `filter-${name}` }, label), control);

const options = (choices) => choices.map(([value, text]) => h("option", { value }, text));

export class Filters {
  constructor(changed) {
    const onchange = () => this.tell(changed);
    const day = (name) => h("input", { id: `filter-${name}`, name, type: "date", onchange });
    const choice = (name, choices) => h("select", { id: `filter-${name}`, name, onchange }, options(choices));
    this.artists = h("datalist", { id: "artists" });
    this.controls = {
      from: day("from"),
      to: day("to"),
      level: choice("level", LEVELS),
      state: choice("state", [["", "All states"]]),
      artist: h("input", { id: "filter-artist", name: "artist", type: "search", list: "artists", autocomplete: "off", placeholder: "All artists", onchange }),
    };
    this.clear = h("button", { type: "button", className: "quiet", onclick: () => (this.set({}), this.tell(changed)) }, "Clear filters");
    this.element = h("form", { className: "filters", "aria-label": "Filters", onsubmit: (event) => event.preventDefault() },
      field("from", "From", this.controls.from),
      field("to", "Before", this.controls.to),
      field("level", "Level", this.controls.level),
      field("state", "State", this.controls.state),
      field("artist", "Artist", this.controls.artist),
      this.artists, this.clear);
  }

  tell(changed) {
    this.clear.hidden = !Object.keys(this.get()).length;
    changed(this.get());
  }

  get() {
    const entries = Object.entries(this.controls).map(([name, control]) => [name, control.value.trim()]);
    return Object.fromEntries(entries.filter(([, value]) => value));
  }

  // A value that is not among the choices yet becomes one.
  set(filters) {
    for (const [name, control] of Object.entries(this.controls)) {
      const value = filters[name] ?? "";
      if (control.tagName === "SELECT" && value && ![...control.options].some((option) => option.value === value))
        control.append(h("option", { value }, value));
      control.value = value;
    }
    this.clear.hidden = !Object.keys(this.get()).length;
  }

  // Of what the lake has: `names` of filters; the others go.
  know(names) {
    for (const name of Object.keys(this.controls)) {
      if (names.includes(name)) continue;
      this.controls[name].closest(".field").remove();
      delete this.controls[name];
    }
  }

  days(first, last) {
    for (const name of ["from", "to"]) {
      if (!this.controls[name]) continue;
      this.controls[name].min = first?.slice(0, 10) ?? "";
      if (name === "from") this.controls[name].max = last?.slice(0, 10) ?? "";
    }
  }

  // What there is to choose from, of the whole lake.
  async load(rows) {
    if (!this.controls.state || !this.controls.artist) return;
    const [states, artists] = await Promise.all([rows(STATES, {}), rows(ARTISTS, {})]);
    const chosen = this.controls.state.value;
    this.controls.state.replaceChildren(...options([["", "All states"], ...states.rows.map(([state]) => [state, state])]));
    this.set({ ...this.get(), state: chosen });
    this.artists.replaceChildren(...artists.rows.map(([artist]) => h("option", { value: artist })));
  }
}
