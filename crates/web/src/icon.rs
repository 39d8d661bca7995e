//! Icons, drawn inside the page so that they take the colour of the text beside them. Always next to words: hidden from screen
//! readers.

use std::fmt;

use askama::filters::HtmlSafe;

/// An icon of the vendored set.
#[derive(Clone, Copy, Debug)]
pub struct Icon(&'static str);

/// The icon with this name, such as `key-round`; an unknown one draws nothing, which a test finds.
#[must_use]
pub fn icon(name: &str) -> Icon {
    Icon(shapes(name).unwrap_or_default())
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "<svg class=\"icon\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" \
                     stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\" focusable=\"false\">",
        )?;
        f.write_str(self.0)?;
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Icon {}

/// What is drawn: the file without its frame.
fn shapes(name: &str) -> Option<&'static str> {
    let file = file(name)?;
    let start = file.find("<svg")?;
    let inner = start + file.get(start..)?.find('>')? + 1;
    file.get(inner..file.rfind("</svg>")?).map(str::trim)
}

fn file(name: &str) -> Option<&'static str> {
    Some(match name {
        "arrow-down" => include_str!("../assets/vendor/lucide/arrow-down.svg"),
        "arrow-left" => include_str!("../assets/vendor/lucide/arrow-left.svg"),
        "arrow-right" => include_str!("../assets/vendor/lucide/arrow-right.svg"),
        "arrow-up" => include_str!("../assets/vendor/lucide/arrow-up.svg"),
        "arrow-up-down" => include_str!("../assets/vendor/lucide/arrow-up-down.svg"),
        "ban" => include_str!("../assets/vendor/lucide/ban.svg"),
        "bell" => include_str!("../assets/vendor/lucide/bell.svg"),
        "bot" => include_str!("../assets/vendor/lucide/bot.svg"),
        "building-2" => include_str!("../assets/vendor/lucide/building-2.svg"),
        "calendar" => include_str!("../assets/vendor/lucide/calendar.svg"),
        "check" => include_str!("../assets/vendor/lucide/check.svg"),
        "chevron-down" => include_str!("../assets/vendor/lucide/chevron-down.svg"),
        "chevron-right" => include_str!("../assets/vendor/lucide/chevron-right.svg"),
        "chevron-up" => include_str!("../assets/vendor/lucide/chevron-up.svg"),
        "circle" => include_str!("../assets/vendor/lucide/circle.svg"),
        "circle-check" => include_str!("../assets/vendor/lucide/circle-check.svg"),
        "circle-dashed" => include_str!("../assets/vendor/lucide/circle-dashed.svg"),
        "circle-help" => include_str!("../assets/vendor/lucide/circle-help.svg"),
        "circle-pause" => include_str!("../assets/vendor/lucide/circle-pause.svg"),
        "circle-question-mark" => include_str!("../assets/vendor/lucide/circle-question-mark.svg"),
        "circle-slash" => include_str!("../assets/vendor/lucide/circle-slash.svg"),
        "circle-x" => include_str!("../assets/vendor/lucide/circle-x.svg"),
        "clipboard" => include_str!("../assets/vendor/lucide/clipboard.svg"),
        "clipboard-copy" => include_str!("../assets/vendor/lucide/clipboard-copy.svg"),
        "clock" => include_str!("../assets/vendor/lucide/clock.svg"),
        "copy" => include_str!("../assets/vendor/lucide/copy.svg"),
        "corner-down-right" => include_str!("../assets/vendor/lucide/corner-down-right.svg"),
        "download" => include_str!("../assets/vendor/lucide/download.svg"),
        "ellipsis" => include_str!("../assets/vendor/lucide/ellipsis.svg"),
        "ellipsis-vertical" => include_str!("../assets/vendor/lucide/ellipsis-vertical.svg"),
        "equal-not" => include_str!("../assets/vendor/lucide/equal-not.svg"),
        "external-link" => include_str!("../assets/vendor/lucide/external-link.svg"),
        "eye" => include_str!("../assets/vendor/lucide/eye.svg"),
        "eye-off" => include_str!("../assets/vendor/lucide/eye-off.svg"),
        "file-text" => include_str!("../assets/vendor/lucide/file-text.svg"),
        "filter" => include_str!("../assets/vendor/lucide/filter.svg"),
        "folder" => include_str!("../assets/vendor/lucide/folder.svg"),
        "folder-closed" => include_str!("../assets/vendor/lucide/folder-closed.svg"),
        "folder-input" => include_str!("../assets/vendor/lucide/folder-input.svg"),
        "folder-plus" => include_str!("../assets/vendor/lucide/folder-plus.svg"),
        "git-branch" => include_str!("../assets/vendor/lucide/git-branch.svg"),
        "git-compare" => include_str!("../assets/vendor/lucide/git-compare.svg"),
        "history" => include_str!("../assets/vendor/lucide/history.svg"),
        "hourglass" => include_str!("../assets/vendor/lucide/hourglass.svg"),
        "house" => include_str!("../assets/vendor/lucide/house.svg"),
        "import" => include_str!("../assets/vendor/lucide/import.svg"),
        "info" => include_str!("../assets/vendor/lucide/info.svg"),
        "key-round" => include_str!("../assets/vendor/lucide/key-round.svg"),
        "keyboard" => include_str!("../assets/vendor/lucide/keyboard.svg"),
        "layers" => include_str!("../assets/vendor/lucide/layers.svg"),
        "link" => include_str!("../assets/vendor/lucide/link.svg"),
        "list" => include_str!("../assets/vendor/lucide/list.svg"),
        "lock" => include_str!("../assets/vendor/lucide/lock.svg"),
        "lock-open" => include_str!("../assets/vendor/lucide/lock-open.svg"),
        "log-in" => include_str!("../assets/vendor/lucide/log-in.svg"),
        "log-out" => include_str!("../assets/vendor/lucide/log-out.svg"),
        "menu" => include_str!("../assets/vendor/lucide/menu.svg"),
        "minus" => include_str!("../assets/vendor/lucide/minus.svg"),
        "monitor" => include_str!("../assets/vendor/lucide/monitor.svg"),
        "monitor-cog" => include_str!("../assets/vendor/lucide/monitor-cog.svg"),
        "moon" => include_str!("../assets/vendor/lucide/moon.svg"),
        "move" => include_str!("../assets/vendor/lucide/move.svg"),
        "octagon-alert" => include_str!("../assets/vendor/lucide/octagon-alert.svg"),
        "pause" => include_str!("../assets/vendor/lucide/pause.svg"),
        "pencil" => include_str!("../assets/vendor/lucide/pencil.svg"),
        "play" => include_str!("../assets/vendor/lucide/play.svg"),
        "plug" => include_str!("../assets/vendor/lucide/plug.svg"),
        "plus" => include_str!("../assets/vendor/lucide/plus.svg"),
        "refresh-cw" => include_str!("../assets/vendor/lucide/refresh-cw.svg"),
        "rotate-ccw" => include_str!("../assets/vendor/lucide/rotate-ccw.svg"),
        "scroll-text" => include_str!("../assets/vendor/lucide/scroll-text.svg"),
        "search" => include_str!("../assets/vendor/lucide/search.svg"),
        "settings" => include_str!("../assets/vendor/lucide/settings.svg"),
        "shield" => include_str!("../assets/vendor/lucide/shield.svg"),
        "shield-check" => include_str!("../assets/vendor/lucide/shield-check.svg"),
        "ship" => include_str!("../assets/vendor/lucide/ship.svg"),
        "sliders-horizontal" => include_str!("../assets/vendor/lucide/sliders-horizontal.svg"),
        "star" => include_str!("../assets/vendor/lucide/star.svg"),
        "sun" => include_str!("../assets/vendor/lucide/sun.svg"),
        "table-2" => include_str!("../assets/vendor/lucide/table-2.svg"),
        "tag" => include_str!("../assets/vendor/lucide/tag.svg"),
        "terminal" => include_str!("../assets/vendor/lucide/terminal.svg"),
        "trash-2" => include_str!("../assets/vendor/lucide/trash-2.svg"),
        "triangle-alert" => include_str!("../assets/vendor/lucide/triangle-alert.svg"),
        "undo-2" => include_str!("../assets/vendor/lucide/undo-2.svg"),
        "unplug" => include_str!("../assets/vendor/lucide/unplug.svg"),
        "upload" => include_str!("../assets/vendor/lucide/upload.svg"),
        "user" => include_str!("../assets/vendor/lucide/user.svg"),
        "users" => include_str!("../assets/vendor/lucide/users.svg"),
        "wifi-off" => include_str!("../assets/vendor/lucide/wifi-off.svg"),
        "x" => include_str!("../assets/vendor/lucide/x.svg"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_drawn_without_the_file_around_it() {
        let drawn = icon("key-round").to_string();
        assert!(drawn.contains("<path"), "{drawn}");
        assert!(!drawn.contains("license") && drawn.matches("<svg").count() == 1, "{drawn}");
    }
}
