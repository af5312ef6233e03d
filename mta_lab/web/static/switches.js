// The switches of a lab. Choosing a value changes nothing yet: what would become of the mail is shown
// beside it, and a button there sets it.
import { element, fill } from "./dom.js";
import { Foreseen } from "./foreseen.js";
import { ask, inTurn } from "./source.js";

const HEADS = ["Host", "Switch", "Of", "Value"];

export class Switches {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.rows = new Map(); // by path, so that what has the focus stays
    this.foreseen = new Foreseen(() => this.renew());
    this.body = element("tbody");
    this.note = element("p", { class: "about" });
    this.faults = new Faults((about) => this.foreseen.show(about));
    const heads = HEADS.map((head) => element("th", { scope: "col" }, head));
    const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), this.body);
    const region = { class: "sideways", tabindex: 0, role: "region", "aria-label": "Settings" };
    parent.append(
      element("section", { class: "panel board" },
        element("div", { class: "head" }, element("h2", {}, "Settings")),
        element("div", region, table, this.note)),
      this.foreseen.element,
      this.faults.element,
    );
  }

  /** Show how they stand now. */
  async read() {
    let board;
    try {
      board = await ask("switches.json");
    } catch {
      return; // the page says by itself that nobody answers
    }
    for (const each of board.switches) {
      if (!this.rows.has(each.path)) this.rows.set(each.path, this.row(each));
      this.rows.get(each.path).show(each);
    }
    if (!this.body.children.length) {
      fill(this.body, ...board.switches.map((each) => this.rows.get(each.path).element));
    }
    const others = board.unswitched.join(", ");
    fill(this.note, others ? `Not switched here, since files of their own say what they do: ${others}.` : "");
    this.faults.show(board);
    await this.foreseen.renew();
  }

  row({ path, host, what, of, choices, free }) {
    const label = `${what}, ${host} ${of}`;
    const control = free ? written(path, label, choices) : chosen(label, choices);
    let stands = null;
    control.element.addEventListener("change", () => {
      const value = control.element.value.trim();
      if (value === stands) return this.foreseen.hide();
      const title = `${label}: ${stands} → ${value}`;
      this.foreseen.show({ path, title, wanted: { settings: { [path]: value } }, canBeSet: true, undo });
    });
    const undo = () => {
      control.element.value = stands;
    };
    return {
      element: element("tr", {},
        element("th", { scope: "row" }, host),
        element("td", {}, what),
        element("td", {}, of),
        element("td", {}, ...control.parts)),
      show: (now) => {
        if (now.value === stands) return; // what somebody is choosing stays
        stands = now.value;
        if (!free && !(stands in choices)) control.element.append(option([stands, ""]));
        control.element.value = stands;
      },
    };
  }
}

/** One of a few values. */
function chosen(label, choices) {
  const select = element("select", { "aria-label": label }, ...Object.entries(choices).map(option));
  return { element: select, parts: [select] };
}

/** Any value, some of which are offered. */
function written(path, label, choices) {
  const id = `choices of ${path}`.replaceAll(" ", "-");
  const list = element("datalist", { id }, ...Object.entries(choices).map(option));
  const input = element("input", { type: "text", list: id, "aria-label": label, autocomplete: "off" });
  return { element: input, parts: [input, list] };
}

function option([value, meaning]) {
  return element("option", { value }, meaning ? `${value} (${meaning})` : value);
}

/** The faults that networks and services have, and one more. */
class Faults {
  constructor(foresee) {
    this.place = element("select", { "aria-label": "Where" });
    this.effect = element("select", { "aria-label": "What happens" });
    this.size = element("input", { type: "number", min: 0, step: "any", "aria-label": "How much" });
    this.unit = element("span", { class: "unit" });
    this.now = element("p", { class: "about" });
    this.units = {};
    this.effect.addEventListener("change", () => this.measured());
    const button = element("button", { type: "button", class: "tab" }, "Predict");
    button.addEventListener("click", () => foresee(this.about()));
    this.element = element("section", { class: "panel faults" },
      element("div", { class: "head" }, element("h2", {}, "Faults")),
      element("p", { class: "form" }, this.place, this.effect, this.size, this.unit, button),
      this.now);
  }

  show(board) {
    if (!this.place.children.length) {
      this.units = board.effects;
      const effects = Object.keys(board.effects).map((each) => [each, each.replaceAll("_", " ")]);
      fill(this.place, ...board.fault_places.map((each) => element("option", {}, each)));
      fill(this.effect, ...effects.map(([value, name]) => element("option", { value }, name)));
      this.effect.value = "black_hole";
      this.measured();
    }
    this.refused = board.no_faults;
    const there = board.faults.length ? `There are: ${board.faults.join("; ")}.` : "There are none.";
    fill(this.now, this.refused ? `Predicted only: ${this.refused}.` : there);
  }

  measured() {
    const unit = this.units[this.effect.value];
    this.size.hidden = this.unit.hidden = !unit;
    fill(this.unit, unit);
  }

  about() {
    const [on, effect] = [this.place.value, this.effect.value];
    const fault = { on, [effect]: this.units[effect] ? Number(this.size.value) : true };
    const size = this.units[effect] ? ` ${this.size.value} ${this.units[effect]}` : "";
    const title = `Fault on ${on}: ${effect.replaceAll("_", " ")}${size}`;
    return { path: "", title, wanted: { fault }, canBeSet: !this.refused, undo: () => {} };
  }
}
