// Light or dark: as the system has it until somebody chooses.

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** Let a button change between light and dark. */
export function themeButton(button) {
  const root = document.documentElement;
  const current = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const other = () => (current() === "dark" ? "light" : "dark");
  const name = () => {
    button.textContent = other() === "dark" ? "Dark" : "Light";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = other();
    name();
  });
  dark.addEventListener("change", name);
  name();
}
