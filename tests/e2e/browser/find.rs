//! Finds what a person would: controls by the name they are announced by.

/// Answers what can be pressed under a name: visible, not disabled, the smallest part of the page first (an open dialog or menu).
pub const PRESSABLE: &str = r#"
const [name] = arguments;
const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
const shown = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden";
const named = (el) => {
  const by = el.getAttribute("aria-labelledby");
  if (by) return tidy(by.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
  return tidy(el.getAttribute("aria-label") || el.innerText || el.textContent || el.value);
};
const all = [...document.querySelectorAll("button, a[href], summary, [role=button], [role=menuitem], [role=tab], input[type=submit], label:has(input[type=checkbox], input[type=radio]), label[for]")].filter(shown);
const found = all.filter((el) => named(el) === name || tidy(el.textContent) === name);
const dialog = document.querySelector("dialog[open]");
const ranked = found.sort((a, b) => rank(a) - rank(b));
function rank(el) { return (dialog && !dialog.contains(el) ? 4 : 0) + (el.closest("main, dialog, details[open]") ? 0 : 2) + (el.tagName === "LABEL" ? 1 : 0); }
return ranked[0] || null;
"#;

/// Answers the control with this label (a mark of "required" or "optional" at its end does not count).
pub const FIELD: &str = r#"
const [name] = arguments;
const tidy = (text) => (text || "").replace(/\s+/g, " ").replace(/\s*(\*|\(optional\)|\(required\))$/i, "").trim();
const shown = (el) => el.getClientRects().length > 0;
const all = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((el) => el.tabIndex >= 0);
const found = all.filter((el) => [...(el.labels || [])].some((label) => tidy(label.textContent) === name) || tidy(el.getAttribute("aria-label")) === name);
return found.find(shown) || found[0] || null;
"#;

/// Answers the name of what has the focus, and whether the focus can be seen there.
pub const FOCUSED: &str = r#"
const el = document.activeElement;
if (!el || el === document.body) return { name: "", seen: true };
const tidy = (text) => (text || "").replace(/\s+/g, " ").trim();
const label = el.labels && el.labels.length ? el.labels[0].textContent : "";
const style = getComputedStyle(el);
const rect = el.getBoundingClientRect();
const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
const inside = rect.width > 0 && rect.bottom > 0 && rect.top < innerHeight;
const top = inside ? document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, rect.left + rect.width / 2)), Math.min(innerHeight - 1, Math.max(0, rect.top + rect.height / 2))) : null;
const bare = !!top && (el === top || el.contains(top) || top.contains(el) || !!el.closest("label")?.contains(top));
return { name: tidy(el.getAttribute("aria-label") || label || el.textContent || el.value), seen: marked && inside && bare, marked, inside, bare, html: el.outerHTML.slice(0, 200) };
"#;
