// Everything works without this file: it saves the theme without leaving the page.
(() => {
  "use strict";
  const root = document.documentElement;
  for (const link of document.querySelectorAll("a[data-theme-choice]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      const theme = link.dataset.themeChoice;
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax${secure}`;
      root.dataset.theme = theme;
      document.querySelector("meta[name=color-scheme]")?.setAttribute("content", theme);
      const other = document.querySelector(`a[data-theme-choice]:not([data-theme-choice=${theme}])`);
      other?.focus();
    });
  }
  // A link to an update inside a closed part of the page opens it.
  const open = () => {
    const target = document.querySelector(":target");
    for (let part = target?.closest("details"); part; part = part.parentElement?.closest("details")) part.open = true;
  };
  addEventListener("hashchange", open);
  open();
  // The preview of the desk is what the editor waits for.
  document.querySelector(".preview, .wrong-box[role=alert], .notice[role=alert]")?.scrollIntoView({ block: "start" });
})();

// Learns of new changes while the page is seen, and offers them without moving what is being read. One stream per
// browser: the tab that holds the lock listens and tells the others; nobody listens while no page is seen.
(() => {
  "use strict";
  const offer = document.querySelector("[data-live]");
  if (!offer || !("EventSource" in window) || !navigator.locks || !("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel("tracker-changes");
  const base = Number(offer.dataset.live);
  let newest = base;
  let stop = null;
  const heard = (last) => {
    newest = Math.max(newest, last);
    const news = newest - base;
    if (news === 0) return;
    offer.textContent = (news === 1 ? offer.dataset.one : offer.dataset.other).replace("{0}", news.toLocaleString(document.documentElement.lang));
    offer.hidden = false;
  };
  channel.onmessage = (event) => heard(event.data);
  const tell = (last) => {
    heard(last);
    channel.postMessage(last);
  };
  const listen = () => {
    const over = new AbortController();
    stop = () => over.abort();
    navigator.locks.request("tracker-changes", { signal: over.signal }, () => new Promise((done) => {
      const source = new EventSource(`/api/v1/changes/stream?after=${newest}`);
      source.addEventListener("reset", () => location.reload());
      source.addEventListener("change", (event) => tell(Number(event.lastEventId)));
      stop = () => { source.close(); done(); };
    })).catch((error) => { if (error.name !== "AbortError") throw error; });
  };
  const look = () => {
    stop?.();
    stop = null;
    if (!document.hidden) listen();
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => stop?.());
  look();
})();

// The days on which something happened as a slider. Dragged, it shows the day on release; by keyboard it only chooses,
// and Enter shows, so that one can pass over days. The date field beside it always says the same.
(() => {
  "use strict";
  const box = document.querySelector(".day-slider[data-days]");
  if (!box) return;
  const days = box.dataset.days.split(" ");
  const range = box.querySelector("input");
  const said = box.querySelector("#day-said");
  const form = box.closest("form");
  const field = form.elements.namedItem("asOf");
  const format = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, { dateStyle: "long", timeZone: "UTC" });
  let dragged = false;
  const say = () => {
    const day = days[range.value];
    const name = format.format(new Date(day + "T00:00:00Z"));
    range.setAttribute("aria-valuetext", name);
    said.textContent = name;
    return day;
  };
  const show = () => {
    // Only the reader's next page opens the control again.
    sessionStorage.setItem("day-slider", "open");
    form.requestSubmit();
  };
  range.addEventListener("pointerdown", () => { dragged = true; });
  range.addEventListener("keydown", (event) => {
    dragged = false;
    if (event.key !== "Enter") return;
    event.preventDefault();
    show();
  });
  range.addEventListener("input", () => { field.value = say(); });
  range.addEventListener("change", () => { if (dragged) show(); });
  box.hidden = false;
  say();
  if (sessionStorage.getItem("day-slider") === "open") {
    sessionStorage.removeItem("day-slider");
    box.closest("details").open = true;
    range.focus({ preventScroll: true });
  }
})();

// Texts that one wants to take along get a button that copies them.
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
})();
