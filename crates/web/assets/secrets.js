// What the pages of secrets gain where scripts run: values in place, copying, editing in the row, dropping files. Everything
// here has a way without it.
(() => {
  "use strict";
  const { announce, copy, tell } = window.keyferry;
  const all = (selector, inside = document) => Array.from(inside.querySelectorAll(selector));
  const HIDE_AFTER = 30000;
  const CLEAR_AFTER = 45000;

  const headers = () => {
    const given = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    return { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded", ...given };
  };
  const post = async (address, fields) => {
    const answer = await fetch(address, { method: "POST", headers: headers(), body: new URLSearchParams(fields), redirect: "follow" });
    return { answer, text: await answer.text() };
  };
  const valueIn = (html) => {
    const part = new DOMParser().parseFromString(html, "text/html");
    const code = part.querySelector("code.shown");
    return code ? code.textContent : null;
  };
  const addressOf = (button) => button.getAttribute("formaction") || button.form.getAttribute("action");
  const fieldsOf = (button) => {
    const own = button.form.querySelector('input[name="own"]');
    return button.name ? [[button.name, button.value]] : own ? [["own", "true"]] : [];
  };

  // The value of one secret, asked for; null when it may not be seen.
  const fetchValue = async (button) => {
    const { answer, text } = await post(addressOf(button), fieldsOf(button));
    if (!answer.ok) { tell("The value could not be read."); return null; }
    return valueIn(text);
  };

  const hide = (cell) => {
    const shown = cell.querySelector("code.shown");
    if (!shown || !cell.masked) return;
    clearTimeout(cell.timer);
    cell.replaceChildren(...cell.masked);
    cell.masked = null;
    const eye = cell.querySelector(".i-eye");
    if (eye) eye.focus({ preventScroll: true });
  };
  const show = async (button) => {
    const cell = button.closest(".value");
    const key = cell.dataset.key;
    button.setAttribute("aria-busy", "true");
    const value = await fetchValue(button);
    button.removeAttribute("aria-busy");
    if (value === null) return;
    cell.masked = Array.from(cell.childNodes);
    const code = document.createElement("code");
    code.className = "shown";
    code.textContent = value;
    const off = document.createElement("button");
    off.type = "button"; off.className = "ib i-eye-off"; off.setAttribute("aria-label", `Hide value of ${key}`);
    off.addEventListener("click", () => hide(cell));
    const copier = copyButton(key);
    copier.addEventListener("click", (event) => { event.stopPropagation(); copyValue(value, key); });
    cell.replaceChildren(code, off, copier);
    off.focus({ preventScroll: true });
    announce(`Value of ${key} is shown`);
    cell.timer = setTimeout(() => hide(cell), HIDE_AFTER);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) document.hiddenTimer = setTimeout(() => all(".value").forEach(hide), 300000);
    else clearTimeout(document.hiddenTimer);
  });

  const copyButton = (key) => {
    const button = document.createElement("button");
    button.type = "button"; button.className = "ib i-copy"; button.setAttribute("aria-label", `Copy value of ${key}`);
    return button;
  };
  const copyValue = async (value, key) => {
    if (!(await copy(value, `Value of ${key} copied. It is cleared from the clipboard in 45 seconds.`))) return;
    clearTimeout(document.clipTimer);
    document.clipTimer = setTimeout(async () => {
      try { await navigator.clipboard.writeText(""); tell("Clipboard cleared"); } catch { /* The page may not be in front. */ }
    }, CLEAR_AFTER);
  };

  // Copy buttons stand beside each masked value once scripts run; they are added late, so that the page stays small.
  const prepare = (inside) => {
    all(".value .i-eye", inside).forEach((eye) => {
      if (eye.nextElementSibling) return;
      const button = copyButton(eye.closest(".value").dataset.key);
      button.addEventListener("click", async () => {
        const value = await fetchValue(eye);
        if (value !== null) copyValue(value, eye.closest(".value").dataset.key);
      });
      eye.after(button);
    });
    all("[data-bulk]", inside).forEach(watchSelection);
    all("[data-copy-export]", inside).forEach((button) => { button.hidden = false; });
  };

  // The file's content to the clipboard instead of a download.
  const copyExport = async (form) => {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", headers: headers(), body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok) { tell("The secrets could not be read."); return; }
    copyValue(await answer.text(), "the file");
  };

  // How many rows are ticked.
  const watchSelection = (form) => {
    const place = form.querySelector("[data-bulk-count]");
    const bar = form.querySelector(".bulk");
    if (!place) return;
    let last = null;
    const count = () => {
      const ticked = all('input[name="key"]:checked', form).length;
      place.hidden = ticked === 0;
      place.textContent = `${ticked} selected`;
      bar.classList.toggle("is-idle", ticked === 0);
    };
    form.addEventListener("change", count);
    form.addEventListener("click", (event) => {
      const box = event.target.closest('input[name="key"]');
      if (!box) return;
      const boxes = all('input[name="key"]', form);
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
        count();
      }
      last = box;
    });
    count();
  };

  // Editing in the row: a text area that grows; Ctrl+Enter saves, Escape restores.
  const edit = async (link) => {
    const row = link.closest("tr");
    const cell = row.querySelector(".value");
    if (!cell || cell.querySelector("textarea")) return false;
    const key = cell.dataset.key;
    const eye = cell.querySelector(".i-eye");
    const before = cell.querySelector("code.shown") ? cell.querySelector("code.shown").textContent : eye ? await fetchValue(eye) : "";
    if (before === null) return false;
    clearTimeout(cell.timer);
    const kept = cell.masked || Array.from(cell.childNodes);
    const area = document.createElement("textarea");
    area.className = "textarea mono"; area.value = before; area.rows = Math.min(12, before.split("\n").length);
    area.setAttribute("aria-label", `Value of ${key}`);
    Object.assign(area, { autocomplete: "off", spellcheck: false, autocapitalize: "none" });
    const [save, cancel] = [["Save", "btn"], ["Cancel", "btn-outline"]].map(([label, style]) => {
      const button = document.createElement("button");
      button.type = "button"; button.className = `${style} btn-small`; button.textContent = label;
      return button;
    });
    const actions = document.createElement("div");
    actions.className = "actions"; actions.append(save, cancel);
    const box = document.createElement("div");
    box.className = "inline"; box.append(area, actions);
    cell.replaceChildren(box);
    area.focus();
    const restore = () => { cell.masked = null; cell.replaceChildren(...kept); link.focus(); };
    const store = async () => {
      save.setAttribute("aria-disabled", "true");
      const version = row.querySelector("[data-version]");
      const fields = { value: area.value, loaded: "true", version: version ? version.dataset.version : "", back: "list" };
      const { answer, text } = await post(link.getAttribute("href"), fields);
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(text, "text/html").getElementById(row.id);
        if (fresh) { row.replaceWith(fresh); prepare(fresh.parentElement); fresh.querySelector(".i-pencil").focus(); } else location.reload();
        tell("Successfully updated secret");
        return;
      }
      const main = new DOMParser().parseFromString(text, "text/html").querySelector("main");
      if (main && (answer.status === 409 || answer.status === 422)) { document.querySelector("main").replaceWith(main); main.focus(); return; }
      save.removeAttribute("aria-disabled");
      tell("The value could not be saved.");
    };
    save.addEventListener("click", store);
    cancel.addEventListener("click", restore);
    area.addEventListener("input", () => { area.rows = Math.min(12, area.value.split("\n").length); });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.preventDefault(); restore(); }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); event.stopPropagation(); store(); }
    });
    return true;
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const copier = target.closest("[data-copy-export]");
    if (copier) { copyExport(copier.form); return; }
    const eye = target.closest("[data-secrets] .value .i-eye");
    if (eye) { event.preventDefault(); show(eye); return; }
    const pencil = target.closest("[data-secrets] [data-rows] .i-pencil");
    if (pencil && pencil.closest("tr").querySelector(".value .i-eye, .value code.shown")) {
      event.preventDefault();
      edit(pencil).then((isOpen) => { if (!isOpen) location.assign(pencil.href); });
    }
  });

  // Keys of a row, where no field has the focus.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keyferry-shortcuts") === "off") return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    const row = event.target.closest("[data-secrets] [data-rows] > tr");
    if (!row) return;
    const press = (selector) => { const found = row.querySelector(selector); if (found) { event.preventDefault(); found.click(); } };
    if (event.key === "r") press(".i-eye, .i-eye-off");
    if (event.key === "c") press(".i-copy");
    if (event.key === "e") press(".i-pencil");
    if (event.key === "h") { const link = row.querySelector("th a"); if (link) location.assign(`${link.href}#history`); }
  });

  // Names behind `${`: a list below the field, moved through by arrows. Only the arrows choose, so Enter and Tab keep their meaning.
  const OPEN = /\$\{([^{}\s$]*)$/;
  let names = null;
  const closeNames = () => {
    if (!names) return;
    names.field.removeAttribute("aria-activedescendant"); names.field.removeAttribute("aria-controls");
    names.list.remove(); names = null;
  };
  const activate = (index) => {
    const options = Array.from(names.list.children);
    names.active = (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === names.active)));
    names.field.setAttribute("aria-activedescendant", options[names.active].id);
    options[names.active].scrollIntoView({ block: "nearest" });
  };
  const take = (name) => {
    const { field } = names;
    const end = field.selectionStart;
    const start = end - OPEN.exec(field.value.slice(0, end))[1].length;
    const isDone = !name.endsWith(".");
    const close = isDone && field.value[end] !== "}" ? "}" : "";
    field.setRangeText(name + close, start, end, "end");
    if (isDone && !close) field.selectionStart = field.selectionEnd = field.selectionEnd + 1;
    closeNames();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
  const showNames = (field, found) => {
    closeNames();
    if (found.length === 0) { announce("No such name"); return; }
    const list = document.createElement("ul");
    list.className = "names"; list.id = "names"; list.setAttribute("role", "listbox"); list.setAttribute("aria-label", "Names to refer to");
    found.forEach((name, at) => {
      const option = document.createElement("li");
      option.id = `name-${at}`; option.setAttribute("role", "option"); option.setAttribute("aria-selected", "false"); option.textContent = name;
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
      list.append(option);
    });
    field.after(list);
    names = { field, list, active: -1 };
    field.setAttribute("aria-controls", "names"); field.setAttribute("aria-autocomplete", "list");
    announce(`${found.length} names, choose with the arrow keys`);
  };
  let asked = 0;
  const lookUp = (field) => {
    const place = field.closest("[data-names]");
    const typed = OPEN.exec(field.value.slice(0, field.selectionStart));
    clearTimeout(document.namesTimer);
    if (!place || !typed) { closeNames(); return; }
    const mine = ++asked;
    document.namesTimer = setTimeout(async () => {
      const address = new URL(place.dataset.names, location.href);
      address.searchParams.set("q", typed[1]);
      const answer = await fetch(address, { headers: { "HX-Request": "true" } });
      if (!answer.ok || mine !== asked || document.activeElement !== field) return;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      showNames(field, all("[data-name]", part).map((item) => item.dataset.name));
    }, 150);
  };
  document.addEventListener("input", (event) => { if (event.target.matches("[data-names] textarea.mono")) lookUp(event.target); });
  document.addEventListener("focusout", (event) => { if (names && event.target === names.field) closeNames(); });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key === " " && event.ctrlKey && field.matches("[data-names] textarea.mono")) { event.preventDefault(); lookUp(field); return; }
    if (!names || field !== names.field) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); activate(names.active < 0 && step < 0 ? -1 : names.active + step); return; }
    if (event.key === "Enter" && names.active >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(names.list.children[names.active].textContent);
    } else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); closeNames(); }
  }, true);

  // KEY=value pasted into the key fills both fields; several lines go to the preview.
  const form = document.querySelector("[data-new-secret]");
  if (form) {
    const [key, value] = [form.elements.key, form.elements.value];
    key.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text").trim();
      const isFree = key.value === "" || (key.selectionStart === 0 && key.selectionEnd === key.value.length);
      if (!isFree || !/[=:]/.test(text)) return;
      if (text.includes("\n") && form.dataset.import) {
        event.preventDefault();
        const carrier = document.createElement("form");
        carrier.method = "post"; carrier.action = form.dataset.import; carrier.enctype = "multipart/form-data";
        for (const [name, content] of [["text", text], ["_token", form.elements._token.value], ["_key", form.elements._key.value]]) {
          const field = document.createElement("textarea");
          field.name = name; field.value = content; carrier.append(field);
        }
        carrier.hidden = true;
        document.body.append(carrier);
        carrier.submit();
        return;
      }
      const match = /^(?:export\s+)?([^=:\s]+)\s*[=:]\s?([\s\S]*)$/.exec(text);
      if (!match) return;
      event.preventDefault();
      key.value = match[1];
      if (value.value === "") value.value = match[2].replace(/^(["'`])([\s\S]*)\1$/, "$2");
      announce("Key and value filled in");
    });
  }

  // Files: dropped anywhere on the zone, or chosen.
  all("[data-drop]").forEach((zone) => {
    const file = zone.querySelector('input[type="file"]');
    if (!file) return;
    const stop = (event) => { event.preventDefault(); zone.classList.toggle("is-over", event.type === "dragover"); };
    ["dragover", "dragleave"].forEach((name) => zone.addEventListener(name, stop));
    zone.addEventListener("drop", (event) => { stop(event); file.files = event.dataTransfer.files; file.dispatchEvent(new Event("change", { bubbles: true })); });
  });
  document.addEventListener("change", (event) => { if (event.target.matches("[data-submit]") && event.target.value) event.target.form.requestSubmit(); });

  // A download leaves the page as it is: the form may be sent again.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-again]")) setTimeout(() => {
      delete event.target.dataset.sent;
      all("[aria-disabled]", event.target).forEach((button) => button.removeAttribute("aria-disabled"));
    }, 500);
  });

  document.addEventListener("htmx:afterSwap", (event) => prepare(event.detail.elt || document));
  prepare(document);
})();
