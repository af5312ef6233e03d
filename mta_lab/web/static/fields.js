// A field for each kind of question. Each has its `element`, its `value()`, and `put(answer)`, which
// shows an answer that is known; `disable(yes)` lets nobody change it.
import { element, fill } from "./dom.js";

const FIELDS = { layer: choice, cause: choice, order };

/** The field for a question; `name` is unique on the page. */
export function field(question, name) {
  return (FIELDS[question.kind] || line)(question, name);
}

/** One line: a number, an address, a name, a filter. */
function line({ kind, how }, name) {
  const input = element("input", {
    type: "text", id: name, autocomplete: "off", spellcheck: "false", maxlength: 1000,
    inputmode: kind === "frame" ? "numeric" : null, class: kind === "filter" ? "written" : null,
  });
  return {
    element: element("div", {}, element("label", { for: name }, `Answer with ${how}`), input),
    value: () => input.value.trim(),
    put: (answer) => {
      input.value = answer;
    },
    disable: (yes) => {
      input.readOnly = yes;
    },
  };
}

/** One of several. */
function choice({ choices, how }, name) {
  const buttons = Object.entries(choices).map(([letter, text]) => {
    const input = element("input", { type: "radio", name, value: letter });
    return [input, text, element("label", { class: "choice" }, input, element("span", {}, `${letter}: ${text}`))];
  });
  const inputs = buttons.map(([input]) => input);
  return {
    element: element("fieldset", {}, element("legend", {}, `Answer with ${how}`), ...buttons.map(([, , label]) => label)),
    value: () => inputs.find((each) => each.checked)?.value || "",
    put: (answer) => {
      for (const [input, text] of buttons) input.checked = [input.value, text].includes(answer);
    },
    disable: (yes) => {
      for (const input of inputs) input.disabled = yes;
    },
  };
}

/** All of several, in an order that two buttons each change. */
function order({ choices, how }) {
  let letters = Object.keys(choices);
  let fixed = false;
  const list = element("ol", { class: "order" });
  const said = element("p", { class: "unseen", role: "status" });
  const move = (letter, by) => {
    const at = letters.indexOf(letter);
    letters.splice(at, 1);
    letters.splice(at + by, 0, letter);
    draw();
    said.textContent = `${choices[letter]} is number ${at + by + 1}`;
    const moved = [...list.querySelectorAll("button")].filter((each) => each.dataset.letter === letter);
    (moved.find((each) => each.dataset.by === String(by) && !each.disabled) || moved.find((each) => !each.disabled))?.focus();
  };
  const button = (letter, by, name, disabled) => {
    const made = element("button", {
      type: "button", class: "tab", "aria-label": `${name}: ${choices[letter]}`,
      "data-letter": letter, "data-by": by,
    }, name);
    made.disabled = disabled || fixed;
    made.addEventListener("click", () => move(letter, by));
    return made;
  };
  const draw = () => fill(list, ...letters.map((letter, at) =>
    element("li", {}, element("span", {}, `${letter}: ${choices[letter]}`),
      button(letter, -1, "Up", at === 0), button(letter, 1, "Down", at === letters.length - 1))));
  draw();
  return {
    element: element("div", { role: "group", "aria-label": `Answer with ${how}` },
      element("p", { class: "label" }, "Put them in order, the first thing first"), list, said),
    value: () => letters.join(" "),
    put: (answer) => {
      const given = answer.split(/\W+/).filter(Boolean);
      if ([...given].sort().join() === [...letters].sort().join()) letters = given;
      draw();
    },
    disable: (yes) => {
      fixed = yes;
      draw();
    },
  };
}
