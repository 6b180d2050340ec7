"use strict";
(() => {
  const table = document.getElementById("runs-table");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells).filter((head) => head.dataset.sort);
  const newestFirst = Array.from(body.rows).map((row) => ({ row, text: words(row) }));
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const selects = Array.from(form.querySelectorAll("select"));
  const collator = new Intl.Collator("en-GB", { numeric: true, sensitivity: "base" });

  function words(row) {
    return Array.from(row.cells).slice(0, -1).map((cell) => cell.textContent).join(" ").replace(/\s+/g, " ").toLowerCase();
  }

  function filter() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of newestFirst) {
      const fits = wanted.every((word) => one.text.includes(word))
        && selects.every((select) => !select.value || one.row.dataset[select.dataset.name] === select.value);
      one.row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    document.getElementById("shown").textContent = `${shown} of ${newestFirst.length} runs shown`;
  }

  function key(row, at) {
    const cell = row.cells[at];
    const text = "key" in cell.dataset ? cell.dataset.key : cell.textContent.trim();
    return text === "–" ? "" : text;
  }

  function compare(one, other, numbers) {
    return numbers ? Number(one) - Number(other) : collator.compare(one, other);
  }

  function sort(head, down) {
    const at = head.cellIndex;
    const numbers = head.dataset.sort === "number";
    const keyed = newestFirst.map((one) => ({ row: one.row, key: key(one.row, at) }));
    keyed.sort((one, other) => {
      if (!one.key || !other.key) return (one.key ? 0 : 1) - (other.key ? 0 : 1);
      return (down ? -1 : 1) * compare(one.key, other.key, numbers);
    });
    body.append(...keyed.map((one) => one.row));
    mark(head, down);
  }

  function mark(sorted, down) {
    for (const head of heads) {
      const here = head === sorted;
      if (here) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      head.querySelector("button span").textContent = here ? (down ? "▼" : "▲") : "";
    }
  }

  for (const head of heads) {
    const button = document.createElement("button");
    const arrow = document.createElement("span");
    button.type = "button";
    arrow.setAttribute("aria-hidden", "true");
    button.append(head.textContent, " ", arrow);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = head.dataset.sort !== "text";
      const now = head.getAttribute("aria-sort");
      sort(head, now ? now !== "descending" : first);
    });
  }
  mark(heads[0], true);
  table.classList.add("sortable");
  search.addEventListener("input", filter);
  selects.forEach((select) => select.addEventListener("change", filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  filter();
})();
