// The search of the first page: all words that are typed must occur; names come before other words.
"use strict";
(() => {
  const MOST = 40;
  const box = document.getElementById("search");
  const list = document.getElementById("results");
  const told = document.getElementById("found");
  const fold = text => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const known = window.VARIABLES.map(([name, label, table, words]) => ({
    name, label, table, heads: fold(`${name} ${label}`), all: fold(`${name} ${label} ${table} ${words}`),
  }));

  const rank = (each, typed, words) => {
    if (each.name === typed) return 0;
    if (each.heads.startsWith(typed)) return 1;
    if (words.every(word => ` ${each.heads}`.includes(` ${word}`))) return 2;
    return words.every(word => each.heads.includes(word)) ? 3 : 4;
  };

  const line = each => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `variables/${each.name}.html`;
    link.textContent = each.label;
    const where = document.createElement("span");
    where.className = "where";
    where.textContent = `${each.name}, ${each.table}`;
    item.append(link, " ", where);
    return item;
  };

  const search = () => {
    const typed = fold(box.value.trim()), words = typed.split(/\s+/);
    const fitting = typed ? known.filter(each => words.every(word => each.all.includes(word))) : [];
    const ranked = fitting.map((each, place) => [rank(each, typed, words), place, each]);
    ranked.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
    list.replaceChildren(...ranked.slice(0, MOST).map(([, , each]) => line(each)));
    const count = `${fitting.length} ${fitting.length === 1 ? "variable" : "variables"}`;
    told.textContent = typed ? count + (fitting.length > MOST ? `, the first ${MOST}:` : "") : "";
  };

  box.addEventListener("input", search);
  box.form.addEventListener("submit", event => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  box.form.hidden = false;
  box.value = new URLSearchParams(location.search).get("q") ?? box.value;
  search();
})();
