// The desk works without this file. It answers while one types, fills in sources, and keeps what is typed.

// Items that are offered while one types: arrow keys choose, Enter takes, Escape closes.
(() => {
  "use strict";
  const input = document.querySelector("input[data-find]");
  const list = document.getElementById("found");
  const count = document.getElementById("found-count");
  if (!input || !list) return;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  list.setAttribute("role", "listbox");
  let at = -1, asked = 0, timer = 0;
  const options = () => [...list.children];
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (i) => {
    const all = options();
    if (all.length === 0) return;
    at = (i + all.length) % all.length;
    all.forEach((o, n) => o.setAttribute("aria-selected", String(n === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const show = (items) => {
    list.replaceChildren(...items.map((item, n) => {
      const option = document.createElement("li");
      option.id = `found-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.address = item.address;
      const title = Object.assign(document.createElement("strong"), { textContent: item.title });
      const status = Object.assign(document.createElement("small"), { textContent: item.status });
      option.append(title, " ", status);
      // Before the field loses the focus, or the list would be gone.
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); location.assign(item.address); });
      return option;
    }));
    list.hidden = items.length === 0;
    at = -1;
    input.setAttribute("aria-expanded", String(items.length > 0));
    input.removeAttribute("aria-activedescendant");
    count.textContent = (items.length === 1 ? count.dataset.one : count.dataset.other).replace("{0}", String(items.length));
  };
  const ask = async () => {
    const mine = ++asked;
    const text = input.value.trim();
    if (text === "") return close();
    const address = new URL(input.dataset.find, location.href);
    address.searchParams.set("q", text);
    let items;
    try {
      const answer = await fetch(address, { redirect: "error" });
      if (!answer.ok) return close();
      items = await answer.json();
    } catch {
      // Without an answer the form still searches.
      return close();
    }
    if (mine === asked) show(items);
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (event.key === "ArrowDown" && !list.hidden) { event.preventDefault(); choose(at + 1); }
    else if (event.key === "ArrowUp" && !list.hidden) { event.preventDefault(); choose(at < 0 ? -1 : at - 1); }
    else if (event.key === "Enter" && at >= 0) { event.preventDefault(); location.assign(options()[at].dataset.address); }
  });
  input.addEventListener("blur", close);
})();

// What is pasted as a source is recognised at once.
(() => {
  "use strict";
  const form = document.querySelector("form[data-source]");
  if (!form) return;
  form.addEventListener("change", async (event) => {
    const match = /^Form\.Evidence\[(\d+)\]\.Pasted$/.exec(event.target.name ?? "");
    if (!match || event.target.value.trim() === "") return;
    const asked = `${form.dataset.source}?${new URLSearchParams({ text: event.target.value })}`;
    const answer = await fetch(asked, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const source = await answer.json();
    for (const [name, value] of Object.entries({ Identifier: source.identifier, Url: source.url, ArchivedUrl: source.archivedUrl })) {
      const field = form.elements.namedItem(`Form.Evidence[${match[1]}].${name}`);
      if (value && field.value.trim() === "") field.value = value;
    }
    event.target.value = "";
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();

// Keeps what is typed: after a pause and on leaving at the server, and while that cannot be reached in the browser.
(() => {
  "use strict";
  const prefix = "draft:";
  const ended = document.querySelector("[data-draft-ended]");
  if (ended) localStorage.removeItem(prefix + ended.dataset.draftEnded);
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const name = prefix + form.dataset.draft;
  const state = form.querySelector(".draft-state");
  const pause = 1500, again = 10000, oldest = 30 * 24 * 3600 * 1000;
  const pairs = () => [...new FormData(form)].filter(([key]) => key.startsWith("Form.") && key !== "Form.Step");
  const said = (text) => { if (state.textContent !== text) state.textContent = text; };
  let timer = 0, typed = false, sent = "";
  const body = () => {
    const all = new URLSearchParams(new FormData(form));
    all.set("Form.Step", "keep");
    return all;
  };
  const keepHere = (why) => {
    localStorage.setItem(name, JSON.stringify({ at: Date.now(), pairs: pairs() }));
    said(state.dataset[why]);
  };
  const send = async () => {
    clearTimeout(timer);
    if (!typed) return;
    const now = JSON.stringify(pairs());
    if (now === sent) return;
    let answer = null;
    try {
      answer = await fetch(form.action || location.href, { method: "POST", body: body(), redirect: "manual" });
    } catch {
      // The connection is lost; it is tried again.
    }
    if (answer?.ok) {
      sent = now;
      localStorage.removeItem(name);
      said(state.dataset.kept);
      return;
    }
    keepHere(answer && (answer.type === "opaqueredirect" || answer.status < 500) ? "out" : "local");
    timer = setTimeout(send, again);
  };
  const changed = () => {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(send, pause);
  };
  form.addEventListener("input", changed);
  addEventListener("online", send);
  // On leaving there is no time for an answer: a copy stays here until the server has it.
  addEventListener("pagehide", () => {
    if (!typed || JSON.stringify(pairs()) === sent || leaving) return;
    keepHere("local");
    navigator.sendBeacon(form.action || location.href, body());
  });
  // A submitted form is kept by the server; if it does not get there, the copy is here.
  let leaving = false;
  form.addEventListener("submit", (event) => {
    leaving = true;
    clearTimeout(timer);
    if (event.submitter?.value === "discard") localStorage.removeItem(name);
    else if (typed) localStorage.setItem(name, JSON.stringify({ at: Date.now(), pairs: pairs() }));
  });

  // A page that answers a sent form shows what was typed; the copy is no longer needed.
  if (form.dataset.answered !== undefined) localStorage.removeItem(name);
  const kept = JSON.parse(localStorage.getItem(name) ?? "null");
  if (!kept || Date.now() - kept.at > oldest) return localStorage.removeItem(name);
  for (const [key, value] of kept.pairs) {
    const field = form.elements.namedItem(key);
    if (!field || field.type === "hidden") continue;
    if (field instanceof RadioNodeList) field.value = value;
    else if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
    else field.value = value;
  }
  typed = true;
  send();
})();
