// Keys go to the app as soon as it is drawn: nobody has to click into it first.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const watch = new MutationObserver(() => {
    if (!document.body.classList.contains("-first-byte")) return;
    watch.disconnect();
    document.querySelector("#terminal textarea")?.focus();
  });
  watch.observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
