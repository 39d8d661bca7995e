// What pages gain where scripts run. Everything here has a way without it.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, inside = document) => Array.from(inside.querySelectorAll(selector));
  const announce = (text) => {
    const place = document.getElementById("announcer");
    if (place) { place.textContent = ""; requestAnimationFrame(() => { place.textContent = text; }); }
  };
  // What was done here, for eyes and ears: it stays for ten seconds, longer under the pointer or the focus, and can be read again
  // under "Recent notices".
  const STAYS = 10000;
  const tell = (text) => {
    const place = document.getElementById("told");
    if (!place) { announce(text); return; }
    const note = document.createElement("div");
    note.className = "notice"; note.textContent = text;
    const close = document.createElement("button");
    close.type = "button"; close.className = "btn-outline btn-small"; close.textContent = "Dismiss";
    close.addEventListener("click", () => { note.remove(); document.getElementById("main").focus(); });
    note.append(close);
    const leave = () => { clearTimeout(note.timer); note.timer = setTimeout(() => note.remove(), STAYS); };
    ["pointerenter", "focusin"].forEach((name) => note.addEventListener(name, () => clearTimeout(note.timer)));
    ["pointerleave", "focusout"].forEach((name) => note.addEventListener(name, leave));
    place.append(note);
    while (place.children.length > 3) place.firstChild.remove();
    leave();
    const list = document.getElementById("recent");
    if (!list) return;
    const line = document.createElement("li"); const words = document.createElement("span");
    words.textContent = text; line.append(words); list.prepend(line);
  };
  window.keyferry = { announce, tell };

  // Parts of a page that need scripts are hidden until here; again for parts that arrive later.
  const prepare = (inside) => {
    all("[data-copy], [data-copy-from], button[data-dismiss], [data-show], [data-print], [data-shortcut-switch]", inside).forEach((el) => { el.hidden = false; });
    const summary = inside.querySelector("[data-focus]");
    if (summary) summary.focus();
    all("[data-rules]", inside).forEach(watchRules);
    all("[data-shortcut-switch] input", inside).forEach((box) => {
      box.checked = shortcutsOn();
      box.addEventListener("change", () => localStorage.setItem("keyferry-shortcuts", box.checked ? "on" : "off"));
    });
    all("[data-slug-of]", inside).forEach(offerSlug);
  };

  // Copying.
  const copy = async (text, said) => {
    try { await navigator.clipboard.writeText(text); tell(said || "Copied to clipboard"); return true; } catch { tell("Copying is not allowed here"); return false; }
  };
  window.keyferry.copy = copy;

  // Passwords: a live checklist, in words.
  const watchRules = (list) => {
    const field = document.getElementById(list.dataset.rules);
    const other = document.getElementById(list.dataset.not || "");
    if (!field) return;
    const check = () => all("li", list).forEach((rule) => {
      const met = rule.dataset.min ? [...field.value].length >= Number(rule.dataset.min)
        : field.value !== "" && (!other || field.value.toLowerCase() !== other.value.toLowerCase());
      rule.classList.toggle("met", met);
      rule.querySelector(".rule-state").textContent = met ? "Met:" : "Not met:";
    });
    field.addEventListener("input", check);
    if (other) other.addEventListener("input", check);
    check();
  };

  // A name that is no slug: offer one.
  const offerSlug = (button) => {
    const field = document.getElementById(button.dataset.slugOf);
    if (!field) return;
    const slug = () => field.value.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
    const look = () => {
      const offer = slug();
      button.hidden = !field.value || !offer || offer === field.value;
      button.textContent = `Use “${offer}”`;
    };
    field.addEventListener("input", look);
    button.addEventListener("click", () => { field.value = slug(); look(); field.focus(); });
    look();
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const copier = target.closest("[data-copy], [data-copy-from]");
    if (copier) {
      const from = copier.dataset.copyFrom ? document.getElementById(copier.dataset.copyFrom) : null;
      copy(from ? from.value || from.textContent : copier.dataset.copy, copier.dataset.said);
    }
    const shower = target.closest("[data-show]");
    if (shower) {
      const field = document.getElementById(shower.dataset.show);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      shower.setAttribute("aria-pressed", String(shown));
      shower.textContent = shown ? "Hide password" : "Show password";
    }
    const closer = target.closest("button[data-dismiss]");
    if (closer) {
      closer.closest(".notice").remove();
      document.getElementById("main").focus();
    }
    if (target.closest("[data-print]")) window.print();
    const opener = target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
    }
    // Menus close when something else is clicked.
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
  });
  // They close too when the focus moves on: nothing focused lies under them.
  document.addEventListener("focusout", (event) => {
    const menu = event.target instanceof Element && event.relatedTarget ? event.target.closest("details.menu[open]") : null;
    if (menu && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  // Forms: the pressed button says what happens, and a second press does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-dismiss]")) {
      event.preventDefault();
      const fields = new URLSearchParams(new FormData(form));
      form.closest(".notice").remove();
      document.getElementById("main").focus();
      fetch(form.getAttribute("action"), { method: "POST", body: fields, redirect: "manual", keepalive: true }).catch(() => {});
      return;
    }
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.sent && !form.hasAttribute("hx-get")) { event.preventDefault(); return; }
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (!button) return;
    // The button's own name and value must still be sent.
    setTimeout(() => {
      button.setAttribute("aria-disabled", "true");
      if (!button.dataset.busy) return;
      button.style.minWidth = `${button.offsetWidth}px`;
      button.textContent = button.dataset.busy;
      announce(button.dataset.busy);
      const started = Date.now();
      setInterval(() => { const s = Math.floor((Date.now() - started) / 1000); if (s >= 3) button.textContent = `${button.dataset.busy} ${s} s`; }, 1000);
    }, 0);
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("[aria-disabled][data-busy], button[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }));
  // A form with typed text asks before it is left.
  let dirty = null;
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-ask]"); if (form) dirty = form; });
  document.addEventListener("submit", () => { dirty = null; });
  window.addEventListener("beforeunload", (event) => { if (dirty && dirty.isConnected) event.preventDefault(); });

  // Keys.
  const shortcutsOn = () => localStorage.getItem("keyferry-shortcuts") !== "off";
  let going = 0;
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = target.closest("form");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.key === "Escape") {
      const menu = target.closest("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
    }
    const row = target.closest("[data-rows] > tr");
    if (row && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) && !target.matches("input, textarea, select")) {
      const rows = all(":scope > tr", row.parentElement).filter((other) => other.querySelector("a, button, summary, input"));
      const at = rows.indexOf(row);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
      const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
      if (next) { event.preventDefault(); next.querySelector("a, button, summary, input").focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !shortcutsOn()) return;
    if (target.matches("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    if (event.key === "/") { const search = document.querySelector("[data-search]"); if (search) { event.preventDefault(); search.focus(); } return; }
    if (event.key === "?") { location.href = "/help/shortcuts"; return; }
    if (event.key === "g") { going = Date.now(); return; }
    if (Date.now() - going < 1500) {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      going = 0;
    }
  });

  // Command-line sign-in: one message to the program that waits on this computer.
  const cli = document.querySelector("[data-cli-port]");
  if (cli) {
    const token = document.getElementById("cli-token");
    const paste = document.getElementById("cli-paste");
    setTimeout(() => { if (paste) paste.remove(); cli.textContent = "The token has expired. Start the sign-in again from your terminal."; }, 300000);
    window.addEventListener("pagehide", () => { if (token) token.value = ""; });
    const body = new TextDecoder().decode(Uint8Array.from(atob(cli.dataset.cliBody), (c) => c.charCodeAt(0)));
    fetch(`http://127.0.0.1:${cli.dataset.cliPort}/`, { method: "POST", headers: { "Content-Type": "application/json" }, body, signal: AbortSignal.timeout(5000) })
      .then((answer) => { if (!answer.ok) throw new Error(); location.replace("/cli-redirect"); })
      .catch(() => { cli.textContent = "Your terminal could not be reached. Show the token below and paste it there."; });
    cli.removeAttribute("data-cli-body");
  }

  // Lost and found: a request that does not come back.
  const banner = () => document.getElementById("offline");
  const offline = () => {
    if (banner()) return;
    const note = document.createElement("div");
    note.id = "offline"; note.className = "notice notice-error"; note.setAttribute("role", "alert");
    note.textContent = `Connection lost – showing data from ${new Date().toLocaleTimeString()}`;
    const place = document.getElementById("notices");
    if (place) place.prepend(note);
  };
  // What refreshes by itself rests while nobody looks, while a menu of it is open, and while something in it is ticked.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const live = event.target.closest ? event.target.closest("[data-live]") : null;
    if (!live || event.target !== live) return;
    if (document.hidden || live.querySelector("details.menu[open], input:checked")) event.preventDefault();
  });
  // Something that takes long says for how long.
  document.addEventListener("htmx:beforeRequest", () => all("[data-seconds]").forEach((hint) => {
    const text = hint.dataset.text || (hint.dataset.text = hint.textContent);
    const started = Date.now();
    clearInterval(hint.ticking);
    hint.textContent = text;
    hint.ticking = setInterval(() => {
      if (!hint.isConnected) { clearInterval(hint.ticking); return; }
      const s = Math.floor((Date.now() - started) / 1000);
      if (s >= 3) hint.textContent = `${text} ${s} s`;
    }, 1000);
  }));
  document.addEventListener("htmx:sendError", offline);
  document.addEventListener("htmx:afterOnLoad", () => { if (banner()) banner().remove(); });
  window.addEventListener("offline", offline);
  window.addEventListener("online", () => { if (banner()) banner().remove(); });
  document.addEventListener("htmx:afterSwap", (event) => prepare(event.detail.elt || document));
  document.addEventListener("htmx:responseError", (event) => announce(`The server answered ${event.detail.xhr.status}`));
  prepare(document);
})();
