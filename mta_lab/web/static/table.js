// A table of which rows are renewed in place, so that what has the focus keeps it; and a panel.
import { element, fill } from "./dom.js";

export class Table {
  constructor(heads) {
    this.rows = new Map();
    this.body = element("tbody");
    const cells = heads.map((head) => element("th", { scope: "col" }, head));
    this.nothing = element("p", { class: "about" }, "None yet.");
    this.table = element("table", { hidden: true }, element("thead", {}, element("tr", {}, ...cells)), this.body);
    this.element = element("div", {}, this.table, this.nothing);
  }

  /** Show these things: `key` names a row, `cells` makes what is in it. */
  show(things, key, cells) {
    const rows = new Map();
    things.forEach((thing, at) => {
      const name = key(thing, at);
      const known = JSON.stringify(thing);
      const before = this.rows.get(name);
      if (before && before.known === known) rows.set(name, before);
      else rows.set(name, { known, element: renewed(before, cells(thing)) });
    });
    const order = [...rows.keys()].join("\n");
    if (order !== this.order) fill(this.body, ...[...rows.values()].map((row) => row.element));
    this.order = order;
    this.rows = rows;
    this.table.hidden = !things.length;
    this.nothing.hidden = things.length > 0;
  }
}

/** A row with these cells; one that was there stays, and so does its first cell. */
function renewed(before, [first, ...others]) {
  const made = others.map((each) => element("td", {}, each));
  if (!before) return element("tr", {}, element("th", { scope: "row" }, first), ...made);
  before.element.replaceChildren(before.element.firstChild, ...made);
  return before.element;
}

/** A part of a view, with its heading. */
export function panel(title, ...parts) {
  const region = { class: "sideways", tabindex: 0, role: "region", "aria-label": title };
  return element("section", { class: "panel" },
    element("div", { class: "head" }, element("h2", {}, title)),
    element("div", region, ...parts));
}
