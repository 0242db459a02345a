// Comfort for those who have scripts; every page works without this file.
"use strict";

document.documentElement.classList.add("scripted");

// `/` goes to the search; arrows go from row to row; Enter opens.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) {
    const search = document.querySelector("[data-key='/']");
    if (search) {
      search.focus();
      search.select();
      event.preventDefault();
    }
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const table = document.querySelector("table[data-rows]");
  if (step && table && !typing) {
    const links = [...table.querySelectorAll("tbody .first a")];
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? 0 : at + step];
    if (next) {
      next.focus();
      event.preventDefault();
    }
  }
});

// A click anywhere in a row opens it.
for (const row of document.querySelectorAll("table[data-rows] tbody tr")) {
  row.addEventListener("click", (event) => {
    if (!event.target.closest("a") && !getSelection().toString()) {
      row.querySelector(".first a").click();
    }
  });
}

// A filter that was chosen is used at once.
for (const choice of document.querySelectorAll("[data-send]")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}

// The bar of a form counts what was changed, and leaving with changes is asked about.
const form = document.querySelector("form[data-counts]");
if (form) {
  const chip = form.querySelector("[data-changes]");
  const valueOf = (one) => (one.type === "checkbox" ? String(one.checked) : one.value);
  const fields = [...form.elements].filter((one) => one.name.startsWith("f."));
  const before = new Map(fields.map((one) => [one, valueOf(one)]));
  let sending = false;
  const count = () => fields.filter((one) => before.get(one) !== valueOf(one)).length;
  form.addEventListener("input", () => {
    const changes = count();
    chip.hidden = changes === 0;
    chip.textContent = changes === 1 ? form.dataset.one : form.dataset.many.replace("#", changes);
  });
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && count() > 0) {
      event.preventDefault();
    }
  });
}
