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
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target?.closest("details"); part; part = part.parentElement?.closest("details")) part.open = true;
  };
  addEventListener("hashchange", open);
  open();
  // The preview of the desk is what the editor waits for.
  document.querySelector(".preview, .wrong-box[role=alert], .notice[role=alert]")?.scrollIntoView({ block: "start" });
})();
