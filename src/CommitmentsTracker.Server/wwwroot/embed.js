// Lets embedded blocks be as high as their content. Within a block it tells the height; on the page around it, it listens.
(() => {
  "use strict";
  const kind = "commitments-tracker:height";
  if (window.parent !== window && document.querySelector("main.embed")) {
    const tell = () => window.parent.postMessage({ kind, height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
    new ResizeObserver(tell).observe(document.documentElement);
    tell();
    return;
  }
  window.addEventListener("message", (event) => {
    if (event.data?.kind !== kind || !Number.isFinite(event.data.height)) return;
    for (const frame of document.querySelectorAll("iframe"))
      if (frame.contentWindow === event.source) frame.style.height = `${Math.max(60, Math.min(6000, event.data.height))}px`;
  });
})();
