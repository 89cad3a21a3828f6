// Passkeys are the one thing here that takes a script: the browser makes and shows them. Without it the forms stay hidden.
(() => {
  "use strict";
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON || !PublicKeyCredential.parseRequestOptionsFromJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      const field = form.elements.namedItem("credential");
      if (field.value) return;
      event.preventDefault();
      const said = form.querySelector("[role=alert]");
      said.hidden = true;
      try {
        const answer = await fetch(form.dataset.passkeyOptions, { method: "POST", body: new FormData(form), credentials: "same-origin" });
        if (!answer.ok) throw new Error(answer.statusText);
        const options = await answer.json();
        const credential = form.dataset.passkey === "create"
          ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
          : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
        field.value = JSON.stringify(credential.toJSON());
        form.submit();
      } catch {
        // Turned down by the person or the device; which of them the browser does not say.
        said.hidden = false;
      }
    });
  }
})();
