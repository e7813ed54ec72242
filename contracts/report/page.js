"use strict";
document.addEventListener("DOMContentLoaded", () => {
  if (!document.getElementById("rules")) return;
  const rules = [...document.querySelectorAll("details.rule")];
  const bar = document.createElement("div");
  bar.id = "filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Show rules by verdict");
  const choose = (verdict) => {
    for (const rule of rules) rule.hidden = verdict !== "all" && rule.dataset.verdict !== verdict;
    for (const area of document.querySelectorAll(".area")) area.hidden = !area.querySelector("details:not([hidden])");
    for (const button of bar.children) button.setAttribute("aria-pressed", String(button.value === verdict));
  };
  const offer = (verdict, text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.value = verdict;
    button.textContent = text;
    button.addEventListener("click", () => choose(verdict));
    bar.append(button);
  };
  offer("all", "all rules");
  for (const row of document.querySelectorAll("[data-counts]")) {
    offer(row.dataset.counts, row.querySelector("th").lastElementChild.lastChild.textContent.trim());
  }
  document.getElementById("rules").before(bar);
  choose("all");
  const reveal = () => {
    const rule = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!rule || !rules.includes(rule)) return;
    if (rule.hidden) choose("all");
    rule.open = true;
    rule.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = rules.filter((rule) => !rule.open);
    for (const rule of closed) rule.open = true;
  });
  addEventListener("afterprint", () => {
    for (const rule of closed) rule.open = false;
  });
});
