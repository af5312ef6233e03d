// The ladder: a lifeline for each host, a band for each firewall, an arrow for each thing that was
// sent. A call has a row of its own above its first arrow, which hides and shows the others.
import { element, fill } from "./dom.js";
import { VirtualList } from "./virtual-list.js";

const ROW = 40;

export class Ladder {
  constructor(parent, model, select) {
    this.model = model;
    this.hidden = new Set(); // numbers of calls whose arrows are not shown
    this.time = model.end;
    this.lit = new Set(); // arrows that caused what is selected
    this.inner = element("div", { class: "inner" });
    this.heads = element("div", { class: "heads" });
    this.inner.append(this.heads);
    parent.append(this.inner);
    this.select = (row) => {
      if (row) select(row, "ladder");
    };
    this.list = new VirtualList(this.inner, {
      label: "Packets, in order",
      height: ROW,
      row: (at) => this.row(this.rows[at]),
      choose: (at) => this.select(this.rows[at]),
      key: (name, at) => this.key(name, this.rows[at]),
    });
    this.list.name = "row";
    new ResizeObserver(() => this.alignHeads()).observe(this.list.list);
    this.renewed(null);
  }

  /** The model is another one, `what` is selected in it. */
  renewed(what) {
    const { columns } = this.model.page;
    this.columns = columns.length;
    this.inner.style.minWidth = `${Math.max(300, 60 + this.columns * 96)}px`;
    fill(this.heads, ...columns.map((column, at) => this.headOf(column, at)));
    fill(this.list.back, ...columns.map((column, at) => this.lifeline(column, at)));
    this.light(what);
    this.arrange();
    this.list.renew(this.rows.length, what && what.kind !== "said" ? this.find(what) : -1);
  }

  /** Light what caused what is selected; its first cause. */
  light(what) {
    const causes = what?.kind === "said" ? this.model.page.said[what.at].caused_by : [];
    this.lit = new Set(causes);
    return causes[0];
  }

  /** What is selected here or elsewhere. */
  selected(what, by) {
    const cause = this.light(what);
    const shown = cause === undefined ? what : { kind: "arrow", at: cause };
    const call = shown.kind === "arrow" ? this.model.page.arrows[shown.at].call : null;
    if (call !== null && this.hidden.delete(this.number(call))) this.arrange();
    this.list.mark(what.kind === "said" ? -1 : this.find(shown));
    if (cause !== undefined) this.list.reveal(this.find(shown));
    this.list.again();
    if (by !== "ladder" && this.list.current >= 0) this.list.mark(this.list.current);
  }

  /** The moment that is looked at: what comes later is faint. */
  at(time, by) {
    this.time = time;
    if (by === "axis") {
      const later = this.rows.findIndex((row) => this.model.timeOf(row) > time);
      const at = later < 0 ? this.rows.length - 1 : later - 1;
      if (this.rows.length) this.list.reveal(Math.max(0, at));
    }
    this.list.again();
  }

  arrange() {
    const begun = new Set();
    this.rows = [];
    this.model.page.arrows.forEach((arrow, at) => {
      if (!begun.has(arrow.call)) {
        begun.add(arrow.call);
        this.rows.push({ kind: "call", at: arrow.call });
      }
      if (!this.hidden.has(this.number(arrow.call))) this.rows.push({ kind: "arrow", at });
    });
    this.list.reset(this.rows.length);
  }

  /** The number of a call's first association, which stays the same when more calls are known. */
  number(call) {
    return this.model.page.calls[call].legs[0].number;
  }

  find({ kind, at }) {
    return this.rows.findIndex((row) => row.kind === kind && row.at === at);
  }

  key(name, row) {
    if (!row) return false;
    const call = row.kind === "call" ? row.at : this.model.page.arrows[row.at].call;
    const number = this.number(call);
    const shown = !this.hidden.has(number);
    const hide = { Enter: shown, " ": shown, ArrowLeft: true };
    if (name === "ArrowRight" || (row.kind === "call" && hide[name] === false)) {
      this.hidden.delete(number);
    } else if (name === "ArrowLeft" || (row.kind === "call" && hide[name])) {
      this.hidden.add(number);
    } else {
      return false;
    }
    this.arrange();
    this.select({ kind: "call", at: call });
    return true;
  }

  row({ kind, at }) {
    return kind === "call" ? this.callRow(at) : this.arrowRow(at);
  }

  callRow(at) {
    const call = this.model.page.calls[at];
    const hidden = this.hidden.has(this.number(at));
    const toggle = element("span", { class: "toggle", "aria-hidden": "true" }, hidden ? "▸" : "▾");
    toggle.addEventListener("click", (event) => {
      event.stopPropagation();
      this.key("Enter", { kind: "call", at });
    });
    const made = element(
      "div",
      { class: "row call" },
      toggle,
      element("b", {}, this.model.callName(call)),
      this.model.page.judged
        ? element("span", { class: `badge ${word(call.disposition)}` }, call.disposition || "no beginning")
        : null,
      element("span", { class: "why" }, call.reason),
    );
    const state = hidden ? "its packets are hidden" : "its packets are shown";
    made.setAttribute(
      "aria-label",
      [`Call ${at + 1}: ${this.model.callName(call)}`, call.disposition, call.reason, state]
        .filter(Boolean)
        .join(", "),
    );
    made.classList.toggle("later", call.began > this.time);
    return made;
  }

  arrowRow(at) {
    const arrow = this.model.page.arrows[at];
    const broken = arrow.findings.some((each) => each.severity === "protocol broken");
    const mark = broken ? "protocol broken" : arrow.outcome;
    const name = arrow.passed_on ? `${arrow.name}, passed on` : arrow.name;
    const way = element(
      "span",
      { class: `way ${arrow.sender <= arrow.receiver ? "right" : "left"}` },
      element(
        "span",
        { class: "name" },
        element("span", { class: "what" }, arrow.name),
        mark ? element("span", { class: "mark" }, mark) : null,
      ),
      element("span", { class: "line" }),
      element("span", { class: "from" }, arrow.source),
    );
    way.title = arrow.text;
    this.span(way, arrow);
    const made = element(
      "div",
      { class: "row arrow" },
      element(
        "span",
        { class: "stamp" },
        element("b", {}, String(arrow.frame)),
        element("span", {}, this.model.stamp(arrow.time)),
      ),
      way,
    );
    if (arrow.outcome) made.classList.add(word(arrow.outcome));
    made.classList.toggle("broken", broken);
    made.classList.toggle("mail", arrow.mail);
    made.classList.toggle("passed-on", arrow.passed_on);
    made.classList.toggle("lit", this.lit.has(at));
    made.classList.toggle("later", arrow.time > this.time);
    made.setAttribute(
      "aria-label",
      [
        `Frame ${arrow.frame}, ${this.model.stamp(arrow.time)} s: ${name}`,
        `${this.model.column(arrow.sender)} to ${this.model.column(arrow.receiver)}`,
        `from ${arrow.source}`,
        mark,
      ]
        .filter(Boolean)
        .join(", "),
    );
    return made;
  }

  headOf(column, at) {
    const made = element(
      "div",
      { class: `head-of ${column.kind}` },
      element("b", {}, column.name),
      element(
        "span",
        { class: "addresses" },
        ...column.addresses
          .filter((each) => each !== column.name)
          .map((each) => element("span", {}, each)),
      ),
    );
    made.style.left = this.x(at);
    const last = at === this.columns - 1; // beside the first one is the gutter
    made.style.width = `calc(${this.share(last ? "min(1, 2 * var(--margin))" : "1")} - 4px)`;
    return made;
  }

  lifeline(column, at) {
    const made = element("div", { class: `lifeline ${column.kind}` });
    made.style.left = this.x(at);
    return made;
  }

  /** The middle of a column; the outer ones have `--margin` of a column's width beside them. */
  x(at) {
    return `calc(var(--gutter) + ${this.share(`(${at} + var(--margin))`)})`;
  }

  /** The width of so many columns. */
  share(columns) {
    return `(100% - var(--gutter)) * ${columns} / (${this.columns - 1} + 2 * var(--margin))`;
  }

  /** Lay an arrow from column to column, up to the edges of firewalls. */
  span(way, arrow) {
    const [first, last] = [arrow.sender, arrow.receiver].sort((one, other) => one - other);
    const edge = (at) => (this.model.page.columns[at].kind === "firewall" ? "var(--band)" : "0px");
    way.style.left = `calc(${this.x(first)} + ${edge(first)})`;
    way.style.width = `calc(${this.share(Math.max(last - first, 0.5))} - ${edge(first)} - ${edge(last)})`;
    way.classList.toggle("far", first + last > this.columns - 1);
  }

  alignHeads() {
    const bar = this.list.list.offsetWidth - this.list.list.clientWidth;
    this.heads.style.marginRight = `${bar}px`;
  }
}

/** A word as the name of a class. */
function word(text) {
  return text.replaceAll(" ", "-");
}
