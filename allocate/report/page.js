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
      : (one, other) => (one.text === "") - (other.text === "") || turn * one.text.localeCompare(other.text, "en");
    found.sort((one, other) => compare(one, other) || places.get(one.row) - places.get(other.row));
    for (const { row } of found) {
      body.append(row);
      if (opened.has(row)) body.append(opened.get(row));
    }
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

  const search = document.getElementById("search");
  const selects = [...document.querySelectorAll("#choose select")];
  const gainColumn = names.indexOf("Gain \u00a3");
  const choose = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const kept = words.every((word) => text.includes(word)) && selects.every((select) => {
        if (select.value === "") return true;
        if ("gain" in select.dataset) return (asNumber(row.cells[gainColumn].textContent) > 0) === (select.value === "1");
        return row.cells[select.dataset.column].textContent === select.value;
      });
      row.hidden = !kept;
      if (opened.has(row)) opened.get(row).hidden = !kept;
      shown += kept;
    }
    const all = rows.length.toLocaleString("en-GB");
    document.getElementById("shown").textContent = `${shown.toLocaleString("en-GB")} of ${all} areas shown`;
  };
  search.addEventListener("input", choose);
  for (const select of selects) select.addEventListener("change", choose);
  document.getElementById("choose").addEventListener("submit", (event) => event.preventDefault());
  choose();

  // In large print a row of a table is too wide for paper: each cell says what it is, one under another.
  const label = () => {
    for (const each of document.querySelectorAll("main table")) {
      const heads = [...each.tHead.rows[0].cells].map((cell) => cell.textContent);
      for (const row of each.tBodies[0].rows) {
        if (row.className === "story") continue;
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
