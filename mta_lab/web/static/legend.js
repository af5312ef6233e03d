// What the colours mean.
import { element } from "./dom.js";
import { OUTCOMES } from "./model.js";

/** A key to the colours of arrows, by word. */
export function legend() {
  return [...OUTCOMES, "mail"].map((word) =>
    element("span", { class: `key ${word.replaceAll(" ", "-")}` }, word),
  );
}
