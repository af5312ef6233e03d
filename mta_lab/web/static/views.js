// The views of a lab that is up. Which one is shown stands in the page's address, behind a #, so
// that it can be kept and one can go back; a part of a view is told of news only while it is seen.
import { byId, element, fill } from "./dom.js";

/** The sections of the page, by the ids of their `main` elements. */
const VIEWS = {
  run: "Packets and logs",
  mail: "Queues and mail",
  switches: "Switches",
  rehearsal: "Rehearsal",
};

export class Views {
  /** `parts` has for the views, by name, what is to be `renew()`ed when there is something new. */
  constructor(parent, parts) {
    this.parts = parts;
    this.links = Object.entries(VIEWS).map(([name, label]) => element("a", { href: `#${name}` }, label));
    fill(parent, ...this.links);
    parent.hidden = false;
    window.addEventListener("hashchange", () => this.show());
    this.show();
  }

  /** Show the view that the address names. */
  show() {
    const wanted = location.hash.slice(1);
    this.shown = wanted in VIEWS ? wanted : "run";
    for (const name of Object.keys(VIEWS)) byId(name).hidden = name !== this.shown;
    for (const link of this.links) {
      if (link.hash === `#${this.shown}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    this.renew();
  }

  /** There is something new in the lab. */
  renew() {
    for (const part of this.parts[this.shown] || []) part.renew();
  }
}
