"use strict";
(() => {
  const root = document.documentElement;
  const table = document.getElementById("areas");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const names = headings.map((cell) => cell.textContent);
  const rows = [...body.rows];
  const stories = JSON.parse(document.getElementById("stories").textContent);
  const places = new Map(rows.map((row, place) => [row, place]));
  const opened = new Map();
  const search = document.getElementById("search");
  const selects = [...document.querySelectorAll("#choose select")];
  const more = document.getElementById("more");
  const gainColumn = names.indexOf("Gain \u00a3");
  const collator = new Intl.Collator("en");
  const MOST = 300; // rows in the page until all are asked for
  let words = [];

  // Text only: whatever a table says, it can never become markup here.
  const make = (tag, text) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const asNumber = (text) => {
    const plain = text.replace(/[,%£+]/g, "").replace("\u2212", "-");
    return plain === "" || isNaN(plain) ? null : Number(plain);
  };

  // An explanation: its sentences are kept once for all areas, and each area keeps its numbers.
  const story = (place) => {
    const [which, ...numbers] = stories.areas[place].split(" ");
    const list = make("dl");
    let next = 0;
    for (const text of stories.sequences[which]) {
      const [title, sentence] = stories.texts[text];
      if (title) list.append(make("dt", title));
      const told = make("dd", sentence.replace(/\u0001/g, () => numbers[next++]).trim());
      if (sentence.startsWith("  ")) told.className = "deeper";
      list.append(told);
    }
    return list;
  };

  const toggle = (row, button) => {
    if (opened.has(row)) {
      opened.get(row).remove();
      opened.delete(row);
      button.setAttribute("aria-expanded", "false");
      return;
    }
    const under = make("tr");
    const cell = make("td");
    under.className = "story";
    cell.colSpan = headings.length;
    cell.append(story(places.get(row)));
    under.append(cell);
    row.after(under);
    opened.set(row, under);
    button.setAttribute("aria-expanded", "true");
  };

  for (const row of rows) {
    const id = row.cells[0].firstChild;
    const button = make("button", id.data);
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    id.replaceWith(button);
  }
  body.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) toggle(button.closest("tr"), button);
  });

  const texts = rows.map((row) => row.textContent.toLowerCase());
  let order = rows;
  let all = rows.length <= MOST;

  // Only the rows to be seen are in the page: laying out thousands would make every key press wait.
  const show = () => {
    const kept = order.filter(isChosen);
    const parts = [];
    for (const row of all ? kept : kept.slice(0, MOST)) {
      parts.push(row);
      if (opened.has(row)) parts.push(opened.get(row));
    }
    body.replaceChildren(...parts);
    const cut = !all && kept.length > MOST;
    more.hidden = !cut;
    const counted = `${kept.length.toLocaleString("en-GB")} of ${rows.length.toLocaleString("en-GB")} areas`;
    document.getElementById("shown").textContent = cut ? `${counted}, the first ${MOST} shown` : `${counted} shown`;
  };

  const isChosen = (row) => {
    const text = texts[places.get(row)];
    return words.every((word) => text.includes(word)) && selects.every((select) => {
      if (select.value === "") return true;
      if ("gain" in select.dataset) return (asNumber(row.cells[gainColumn].textContent) > 0) === (select.value === "1");
      return row.cells[select.dataset.column].textContent === select.value;
    });
  };

  const arrange = (column, downwards) => {
    const found = rows.map((row) => {
      const text = (column ? row.cells[column] : row.cells[0].firstChild).textContent;
      return { row, text, number: asNumber(text) };
    });
    const numeric = found.some((each) => each.number !== null) && found.every(
      (each) => each.number !== null || each.text === "" || each.text === "\u2013");
    const turn = downwards ? -1 : 1;
    const compare = numeric
      ? (one, other) => (one.number === null) - (other.number === null) || turn * (one.number - other.number)
      : (one, other) => (one.text === "") - (other.text === "") || turn * collator.compare(one.text, other.text);
    found.sort((one, other) => compare(one, other) || places.get(one.row) - places.get(other.row));
    order = found.map((each) => each.row);
    show();
  };

  headings.forEach((cell, column) => {
    const button = make("button", cell.textContent);
    button.type = "button";
    cell.dataset.name = cell.textContent; // a button would be left out of headings repeated on paper
    cell.replaceChildren(button);
    cell.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const now = cell.getAttribute("aria-sort");
      const first = cell.classList.contains("t") ? "ascending" : "descending";
      const second = first === "ascending" ? "descending" : "ascending";
      const next = now === first ? second : first;
      for (const each of headings) each.setAttribute("aria-sort", each === cell ? next : "none");
      arrange(column, next === "descending");
    });
  });

  search.addEventListener("input", () => {
    words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    show();
  });
  for (const select of selects) select.addEventListener("change", show);
  document.getElementById("choose").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    all = true;
    show();
    body.rows[MOST].querySelector("button").focus();
  });
  show();

  // In large print a row of a table is too wide for paper: each cell says what it is, one under another.
  const label = () => {
    for (const each of document.querySelectorAll("main table")) {
      const heads = [...each.tHead.rows[0].cells].map((cell) => cell.textContent);
      for (const row of each === table ? rows : each.tBodies[0].rows) {
        for (const cell of row.cells) if (cell.cellIndex) cell.dataset.label = heads[cell.cellIndex];
      }
    }
  };
  const large = document.getElementById("large");
  large.addEventListener("click", () => {
    const on = root.classList.toggle("large");
    large.setAttribute("aria-pressed", String(on));
    if (on) label();
  });
  if (root.classList.contains("large")) label();
  document.getElementById("print").addEventListener("click", () => window.print());
  for (const each of document.querySelectorAll(".controls")) each.hidden = false;
})();
