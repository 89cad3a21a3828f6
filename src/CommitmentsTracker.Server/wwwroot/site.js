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
    const number = news.toLocaleString(document.documentElement.lang);
    offer.textContent = (news === 1 ? offer.dataset.one : offer.dataset.other).replace("{0}", number);
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

// Reads a chart over time day by day: under the pointer, or by the arrow keys. The numbers are those of its table.
(() => {
  "use strict";
  for (const chart of document.querySelectorAll("[data-read]")) {
    const table = document.getElementById(chart.dataset.read);
    const plot = chart.querySelector("svg.plot");
    const points = [...table.rows]
      .map((row) => ({ x: Number(row.dataset.x), cells: [...row.cells].map((c) => c.textContent.trim()) }))
      .sort((a, b) => a.x - b.x);
    const names = [...table.closest("table").tHead.rows[0].cells].map((c) => c.textContent.trim());
    const line = document.createElement("div");
    const text = document.createElement("p");
    line.className = "reading-line";
    text.className = "reading";
    line.hidden = text.hidden = true;
    const frame = document.createElement("div");
    frame.className = "reading-frame";
    plot.replaceWith(frame);
    frame.append(plot, line, text);
    frame.tabIndex = 0;
    frame.setAttribute("role", "slider");
    frame.setAttribute("aria-label", plot.querySelector("title").textContent);
    frame.setAttribute("aria-describedby", plot.querySelector("desc").id);
    frame.setAttribute("aria-valuemin", 0);
    frame.setAttribute("aria-valuemax", points.length - 1);
    let at = points.length - 1;
    const words = () => {
      const [day, ...counts] = points[at].cells;
      return [day, ...counts.map((n, i) => [n, names[i + 1]]).filter(([n]) => n !== "0").map(([n, name]) => `${name} ${n}`)];
    };
    const say = () => {
      frame.setAttribute("aria-valuenow", at);
      frame.setAttribute("aria-valuetext", words().join(", "));
    };
    const show = (i) => {
      at = Math.max(0, Math.min(points.length - 1, i));
      const { x } = points[at];
      line.style.left = `${x}%`;
      text.style.left = x < 50 ? `calc(${x}% + 8px)` : "auto";
      text.style.right = x < 50 ? "auto" : `calc(${100 - x}% + 8px)`;
      const element = (word, i) => Object.assign(document.createElement(i === 0 ? "strong" : "span"), { textContent: word });
      text.replaceChildren(...words().map(element));
      line.hidden = text.hidden = false;
      say();
    };
    const hide = () => { line.hidden = text.hidden = true; };
    say();
    frame.addEventListener("pointermove", (event) => {
      const box = frame.getBoundingClientRect();
      const x = (100 * (event.clientX - box.left)) / box.width;
      show(points.reduce((best, p, i) => (Math.abs(p.x - x) < Math.abs(points[best].x - x) ? i : best), 0));
    });
    frame.addEventListener("pointerleave", () => { if (document.activeElement !== frame) hide(); });
    frame.addEventListener("focus", () => show(at));
    frame.addEventListener("blur", hide);
    frame.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: points.length - 1 }[event.key];
      if (event.key === "Escape") hide();
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
  }
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
  const lang = document.documentElement.lang;
  const format = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeZone: "UTC" });
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

// Days begin where the reader is: the browser's time zone is offered first.
(() => {
  "use strict";
  const select = document.querySelector("select[data-zone]");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select || !own) return;
  if (![...select.options].some((option) => option.value === own)) select.prepend(new Option(own, own));
  select.value = own;
})();
