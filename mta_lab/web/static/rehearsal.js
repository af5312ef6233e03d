// Rehearsal: a matrix of what is predicted from whom to whom, beside what was observed; the trace of
// the cell that is chosen; other settings side by side; and what would mend the topology file.
import { element, fill } from "./dom.js";
import { ask, inTurn, order } from "./source.js";
import { panel } from "./table.js";

const NONE = "—";

export class Rehearsal {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.matrix = element("table");
    this.trace = element("div", { class: "trace" }, "Choose a cell: it shows every question on the way.");
    this.chosen = null;
    this.known = "";
    parent.append(
      panel("Predicted, and observed", this.matrix),
      panel("Trace", this.trace),
      whatIf(),
      suggestions(),
    );
  }

  /** Show what is predicted and observed now. */
  async read() {
    let found;
    try {
      found = await ask("rehearsal.json");
    } catch {
      return; // the page says by itself that nobody answers
    }
    const known = JSON.stringify(found);
    if (known === this.known) return; // what has the focus stays
    this.known = known;
    this.cells = new Map(found.cells.map((each) => [key(each), each]));
    this.observed = new Map(found.observed.map((each) => [key(each), each]));
    const senders = [...new Set(found.cells.map((each) => each.sender))];
    const receivers = [...new Set(found.cells.map((each) => each.receiver))];
    const focus = document.activeElement?.dataset.cell;
    fill(this.matrix,
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "From \\ to"),
        ...receivers.map((each) => element("th", { scope: "col" }, each || "nobody")))),
      element("tbody", {}, ...senders.map((sender) => element("tr", {},
        element("th", { scope: "row" }, sender),
        ...receivers.map((receiver) => this.cell({ sender, receiver }))))));
    if (focus) [...this.matrix.querySelectorAll("button")].find((each) => each.dataset.cell === focus)?.focus();
    if (this.chosen) this.show(this.chosen);
  }

  cell(ends) {
    const name = key(ends);
    const found = this.cells.get(name);
    if (!found) return element("td", {}, NONE);
    const seen = this.observed.get(name)?.disposition;
    const label = `${found.disposition}, ${ends.sender} to ${ends.receiver || "nobody"}: trace`;
    const button = element("button", { type: "button", class: "link", "aria-label": label, "data-cell": name },
      badge(found.disposition));
    button.addEventListener("click", () => this.show(name));
    const now = seen === found.disposition ? "as predicted" : `but a message sent now would be ${found.disposition}`;
    return element("td", {}, button,
      element("small", {}, seen ? `observed: ${seen}, ${now}` : "nothing observed yet"));
  }

  show(name) {
    this.chosen = name;
    const cell = this.cells.get(name);
    if (!cell) return;
    const { sender, receiver, reason, configured, next_move: next } = cell;
    fill(this.trace,
      element("h3", {}, `${sender} to ${receiver || "nobody"}: ${cell.disposition}`),
      element("p", {}, [reason, configured && `(${configured})`].filter(Boolean).join(" ")),
      next ? element("p", {}, `A queue that waits moves by itself at ${next.replace("T", " ")}.`) : null,
      ...cell.trace.map(branch));
  }
}

function key({ sender, receiver }) {
  return JSON.stringify([sender, receiver]);
}

function badge(word) {
  return element("span", { class: `badge ${word.replaceAll(" ", "-")}` }, word);
}

/** A leg or an attempt, with what is below it. */
function branch({ text, disposition, steps, branches }) {
  return element("details", { open: "" },
    element("summary", {}, `${text}: `, badge(disposition)),
    element("ul", {}, ...steps.map((step) => element("li", {},
      `${step.where}, ${step.question}: `, element("b", {}, step.answer), `; ${step.reason}`,
      step.configured ? element("small", {}, step.configured) : null))),
    ...branches.map(branch));
}

/** Settings with several values each, and what becomes of the mail for each combination. */
function whatIf() {
  const vary = element("textarea", { rows: 2, id: "vary", placeholder: "firewall.transparency=on,off" });
  const said = element("p", { class: "about", role: "status" });
  const table = element("table", { hidden: true });
  const work = async () => {
    const lines = vary.value.split("\n").map((each) => each.trim()).filter(Boolean);
    const found = await order("what-if", { vary: lines });
    const flows = Object.keys(found[0].becomes);
    fill(table,
      element("thead", {}, element("tr", {}, ...["With", ...flows].map((each) => element("th", { scope: "col" }, each)))),
      element("tbody", {}, ...found.map((each) => element("tr", {},
        element("th", { scope: "row" }, settings(each.settings)),
        ...flows.map((flow) => element("td", {}, badge(each.becomes[flow] || "no mail"),
          element("small", {}, each.changes[flow] || "as it is")))))));
    table.hidden = false;
    return `${found.length} combinations.`;
  };
  const label = element("label", { for: "vary" }, "A setting and its values, PATH=VALUE,VALUE, one a line");
  return panel("What if", element("div", { class: "form" }, label, vary, button("Predict each", said, work)), said, table);
}

function settings(values) {
  return Object.entries(values).map(([path, value]) => `${path}=${value}`).join(", ");
}

/** Edits of the topology file by which mail would be mended. */
function suggestions() {
  const said = element("p", { class: "about", role: "status" });
  const list = element("div", { class: "mends" });
  const work = async () => {
    const found = await order("suggest", {});
    fill(list, ...found.map((each, at) => element("article", {},
      element("h3", {}, `${at + 1}. ${each.edits.join("; ")}`),
      element("p", {}, `Mends ${each.mends.join(", ")}.${each.harms ? " It harms other mail." : ""}`),
      ...each.others.map((text) => element("p", {}, text)),
      element("pre", {}, each.diff))));
    return found.length ? "The smallest edits of the topology file first:" : "Nothing is to be mended, or nothing was found.";
  };
  return panel("Suggestions", element("div", { class: "form" },
    "Search for the smallest edits of the topology file that let mail arrive", button("Search", said, work)), said, list);
}

/** A button that does some work, and says what came of it. */
function button(name, said, work) {
  const made = element("button", { type: "button", class: "tab" }, name);
  made.addEventListener("click", async () => {
    made.setAttribute("aria-busy", "true");
    fill(said, "Working…");
    try {
      fill(said, await work());
    } catch (error) {
      fill(said, `It cannot be: ${error.message}`);
    }
    made.removeAttribute("aria-busy");
  });
  return made;
}
