// The logs, as an Event Viewer had them: type, time, source, category, event, computer; and with
// them what firewalls and all others said.
import { element } from "./dom.js";
import { VirtualList } from "./virtual-list.js";

const ROW = 30;
const FILTERS = { events: "Event logs", firewalls: "Firewalls", everything: "Everything" };
const HEADS = ["Type", "Time", "Source", "Category", "Event", "Computer", "Description"];

export class Events {
  constructor(parent, choice, model, select) {
    this.model = model;
    this.time = model.end;
    this.lit = new Set(); // what the selected arrow brought about
    this.filter = "events";
    this.buttons = Object.entries(FILTERS).map(([filter, label]) => {
      const pressed = filter === this.filter;
      const button = element("button", { type: "button", class: "tab", "aria-pressed": pressed }, label);
      button.addEventListener("click", () => this.use(filter));
      button.dataset.filter = filter;
      return button;
    });
    choice.append(...this.buttons);
    const heads = HEADS.map((head) => element("span", {}, head));
    parent.append(element("div", { class: "said heads", "aria-hidden": "true" }, ...heads));
    this.list = new VirtualList(parent, {
      label: "Logs, in order",
      height: ROW,
      row: (at) => this.row(this.places[at]),
      choose: (at) => select({ kind: "said", at: this.places[at] }, "events"),
    });
    this.list.name = "line";
    this.nothing = element("p", { class: "nothing" }, "Nothing of this kind was logged.");
    parent.append(this.nothing);
    this.use(this.filter);
  }

  /** The model is another one. */
  renewed(what) {
    this.light(what);
    this.places = this.model.shown(this.filter);
    this.list.renew(this.places.length, this.places.indexOf(this.chosen));
    this.empty();
  }

  /** What is selected here or elsewhere. */
  selected(what) {
    const { kind, at } = what;
    const brought = this.light(what);
    if (kind === "said" && !this.places.includes(at)) this.use("everything");
    this.show(kind === "said" ? at : brought.find((each) => this.places.includes(each)));
  }

  /** The moment that is looked at: what comes later is faint. */
  at(time, by) {
    this.time = time;
    if (by === "axis") {
      const later = this.places.findIndex((place) => this.model.page.said[place].time > time);
      const at = later < 0 ? this.places.length - 1 : later - 1;
      if (at >= 0) this.list.reveal(at);
    }
    this.list.again();
  }

  /** Know what is selected, or null; what the selected arrow brought about. */
  light(what) {
    const brought = what?.kind === "arrow" ? this.model.page.arrows[what.at].brought : [];
    this.lit = new Set(brought);
    this.chosen = what?.kind === "said" ? what.at : null;
    return brought;
  }

  /** Say so when there is nothing. */
  empty() {
    this.list.list.hidden = !this.places.length;
    this.nothing.hidden = this.places.length > 0;
  }

  use(filter) {
    this.filter = filter;
    this.places = this.model.shown(filter);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", button.dataset.filter === filter);
    }
    this.list.reset(this.places.length);
    this.empty();
    this.show(this.chosen ?? undefined);
  }

  show(wanted) {
    const at = this.places.indexOf(wanted);
    this.list.mark(this.chosen === wanted ? at : -1);
    if (at >= 0) this.list.reveal(at);
    this.list.again();
  }

  row(place) {
    const said = this.model.page.said[place];
    const kind = said.event === null ? "record" : said.type.toLowerCase();
    const cells = [
      element("span", { class: "type" }, said.event === null ? "Record" : said.type),
      element("span", { class: "time" }, this.model.stamp(said.time)),
      element("span", { class: "source" }, said.source || said.kind),
      element("span", { class: "category" }, said.category),
      element("span", { class: "event" }, said.event === null ? "" : String(said.event)),
      element("span", { class: "computer" }, said.host),
      element("span", { class: "text" }, said.text),
    ];
    const made = element("div", { class: `row said ${kind}` }, ...cells);
    made.classList.toggle("lit", this.lit.has(place));
    made.classList.toggle("later", said.time > this.time);
    return made;
  }
}
