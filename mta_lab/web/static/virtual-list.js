// A long list of which only what is seen is in the document: rows of one height, at their places in
// a box that is as high as all of them. To assistive technology it is a list box.
import { element, fill } from "./dom.js";

const AROUND = 6; // rows before and after those that are seen

export class VirtualList {
  /**
   * `row(at)` makes the element of a row, `choose(at)` hears of one that was clicked or reached by
   * a key, `key(name, at)` of another key and says whether it did something with it.
   */
  constructor(parent, { label, height, row, choose, key = () => false }) {
    this.height = height;
    this.row = row;
    this.choose = choose;
    this.key = key;
    this.count = 0;
    this.current = -1;
    this.rows = new Map();
    this.name = parent.id;
    this.back = element("div", { class: "back", "aria-hidden": "true" });
    this.box = element("div", { class: "box", role: "none" });
    this.list = element("div", { class: "rows", role: "listbox", tabindex: 0, "aria-label": label });
    this.list.append(this.box);
    parent.append(this.list);
    this.list.addEventListener("scroll", () => this.later());
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => this.later()).observe(this.list);
  }

  /** Show `count` rows, all of them made anew. */
  reset(count) {
    this.count = count;
    this.box.style.height = `${count * this.height}px`;
    this.rows.clear();
    fill(this.box, this.back);
    this.draw();
  }

  /** Make the rows that are seen anew. */
  again() {
    this.reset(this.count);
  }

  /** Show other rows, of which this one is selected, -1: none; what is seen stays where it is. */
  renew(count, current) {
    this.point(current);
    this.reset(count);
  }

  /** Mark a row as the selected one, -1: none; bring it into view. */
  mark(at) {
    this.point(at);
    if (at >= 0) this.reveal(at);
  }

  point(at) {
    this.current = at;
    for (const [place, made] of this.rows) this.state(place, made);
    if (at >= 0) this.list.setAttribute("aria-activedescendant", this.id(at));
    else this.list.removeAttribute("aria-activedescendant");
  }

  /** Scroll as little as needed to see a row, with some around it. */
  reveal(at) {
    const top = at * this.height;
    const room = this.list.clientHeight;
    const margin = Math.min(2 * this.height, Math.max(0, (room - this.height) / 2));
    if (top - margin < this.list.scrollTop) this.list.scrollTop = top - margin;
    else if (top + this.height + margin > this.list.scrollTop + room) {
      this.list.scrollTop = top + this.height + margin - room;
    }
    this.draw();
  }

  later() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / this.height) - AROUND);
    const seen = Math.ceil(this.list.clientHeight / this.height) + 2 * AROUND;
    const last = Math.min(this.count, first + seen);
    for (const [place, made] of this.rows) {
      if (place < first || place >= last) {
        made.remove();
        this.rows.delete(place);
      }
    }
    const added = [];
    for (let place = first; place < last; place += 1) {
      if (this.rows.has(place)) continue;
      const made = this.row(place);
      made.id = this.id(place);
      made.dataset.at = place;
      made.setAttribute("role", "option");
      made.setAttribute("aria-setsize", this.count);
      made.setAttribute("aria-posinset", place + 1);
      made.style.top = `${place * this.height}px`;
      made.style.height = `${this.height}px`;
      this.state(place, made);
      this.rows.set(place, made);
      added.push(made);
    }
    this.box.append(...added);
  }

  id(at) {
    return `${this.name}-${at}`;
  }

  state(place, made) {
    made.setAttribute("aria-selected", place === this.current);
  }

  clicked(event) {
    const made = event.target.closest("[role=option]");
    if (made) this.choose(Number(made.dataset.at));
  }

  pressed(event) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.height) - 1);
    const to = {
      ArrowDown: this.current + 1,
      ArrowUp: this.current - 1,
      PageDown: this.current + page,
      PageUp: this.current - page,
      Home: 0,
      End: this.count - 1,
    }[event.key];
    if (to !== undefined && this.count) this.choose(Math.min(this.count - 1, Math.max(0, to)));
    else if (!this.key(event.key, this.current)) return;
    event.preventDefault();
  }
}
