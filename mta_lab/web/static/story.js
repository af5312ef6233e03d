// The story of an exercise: elements that the server names, of which only these are made, and texts.
import { element } from "./dom.js";

const TAGS = new Set([
  "h4", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "pre", "b", "i", "div",
]);

/** A chapter, which can be opened and closed. */
export function chapter({ heading, parts }, open) {
  return element("details", { class: "story", open: open ? "" : null },
    element("summary", {}, heading || "Story"), ...drawn(parts));
}

function drawn(nodes) {
  return nodes.map((node) =>
    typeof node === "string" ? node : element(TAGS.has(node.tag) ? node.tag : "span", {}, ...drawn(node.parts)),
  );
}
