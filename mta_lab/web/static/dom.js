// Elements with attributes, classes and text. Text is always a text node: nothing of a peer is markup.

/** An element; children are elements or texts, `null` is none. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  return fill(assign(made, attributes), ...children);
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for a picture. */
export function shape(name, attributes = {}, ...children) {
  return fill(assign(document.createElementNS(SVG, name), attributes), ...children);
}

/** Put these children in the place of those that an element has. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null));
  return parent;
}

/** The element with an id. */
export function byId(id) {
  return document.getElementById(id);
}

function assign(made, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value);
    else if (value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  return made;
}
