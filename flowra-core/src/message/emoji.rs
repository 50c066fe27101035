//! What counts as one emoji: the sequences of Unicode's technical standard 51, and `:name:`.
//!
//! It judges new reactions only; those that were stored under an older rule stay, and can be taken back.

/// The code points with the property `Extended_Pictographic` of Unicode 15.1, first and last of each run.
#[rustfmt::skip]
const PICTOGRAPHS: &[(u32, u32)] = &[
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139), (0x2194, 0x2199),
    (0x21A9, 0x21AA), (0x231A, 0x231B), (0x2328, 0x2328), (0x2388, 0x2388), (0x23CF, 0x23CF), (0x23E9, 0x23F3),
    (0x23F8, 0x23FA), (0x24C2, 0x24C2), (0x25AA, 0x25AB), (0x25B6, 0x25B6), (0x25C0, 0x25C0), (0x25FB, 0x25FE),
    (0x2600, 0x2605), (0x2607, 0x2612), (0x2614, 0x2685), (0x2690, 0x2705), (0x2708, 0x2712), (0x2714, 0x2714),
    (0x2716, 0x2716), (0x271D, 0x271D), (0x2721, 0x2721), (0x2728, 0x2728), (0x2733, 0x2734), (0x2744, 0x2744),
    (0x2747, 0x2747), (0x274C, 0x274C), (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2763, 0x2767),
    (0x2795, 0x2797), (0x27A1, 0x27A1), (0x27B0, 0x27B0), (0x27BF, 0x27BF), (0x2934, 0x2935), (0x2B05, 0x2B07),
    (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x3030, 0x3030), (0x303D, 0x303D), (0x3297, 0x3297),
    (0x3299, 0x3299), (0x1F000, 0x1F0FF), (0x1F10D, 0x1F10F), (0x1F12F, 0x1F12F), (0x1F16C, 0x1F171),
    (0x1F17E, 0x1F17F), (0x1F18E, 0x1F18E), (0x1F191, 0x1F19A), (0x1F1AD, 0x1F1E5), (0x1F201, 0x1F20F),
    (0x1F21A, 0x1F21A), (0x1F22F, 0x1F22F), (0x1F232, 0x1F23A), (0x1F23C, 0x1F23F), (0x1F249, 0x1F3FA),
    (0x1F400, 0x1F53D), (0x1F546, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F774, 0x1F77F), (0x1F7D5, 0x1F7FF),
    (0x1F80C, 0x1F80F), (0x1F848, 0x1F84F), (0x1F85A, 0x1F85F), (0x1F888, 0x1F88F), (0x1F8AE, 0x1F8FF),
    (0x1F90C, 0x1F93A), (0x1F93C, 0x1F945), (0x1F947, 0x1FAFF), (0x1FC00, 0x1FFFD),
];

const JOINER: char = '\u{200D}';
const AS_PICTURE: char = '\u{FE0F}';
const KEYCAP: &str = "\u{20E3}";
/// The flag on which the flags of parts of countries are spelled.
const BLACK_FLAG: char = '\u{1F3F4}';
const END_OF_TAGS: &str = "\u{E007F}";

/// Whether a text is one emoji or `:name:`.
pub(super) fn is_emoji(text: &str) -> bool {
    is_name(text) || text.split(JOINER).all(is_element)
}

/// Lower-case letters, digits, `_`, `+` and `-` between colons.
fn is_name(text: &str) -> bool {
    let name = text.strip_prefix(':').and_then(|text| text.strip_suffix(':'));
    name.is_some_and(|name| {
        let allows = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-".contains(&byte);
        !name.is_empty() && name.bytes().all(allows)
    })
}

/// A part between joiners: a flag, a keycap, or a picture with what may follow it.
fn is_element(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let rest = chars.as_str();
    if is_region(first) {
        return rest.chars().count() == 1 && rest.chars().all(is_region);
    }
    if first.is_ascii_digit() || matches!(first, '#' | '*') {
        return rest.strip_prefix(AS_PICTURE).unwrap_or(rest) == KEYCAP;
    }
    if !is_pictograph(first) {
        return false;
    }
    let is_modifier = |c: char| c == AS_PICTURE || ('\u{1F3FB}'..='\u{1F3FF}').contains(&c);
    let rest = rest.strip_prefix(is_modifier).unwrap_or(rest);
    rest.is_empty() || (first == BLACK_FLAG && is_spelled(rest))
}

/// Three to six letters and digits and an end, all of which are invisible: anywhere else they would hide a text, or make doubles of one picture.
fn is_spelled(tags: &str) -> bool {
    let is_tag = |c| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let name = tags.strip_suffix(END_OF_TAGS);
    name.is_some_and(|name| (3..=6).contains(&name.chars().count()) && name.chars().all(is_tag))
}

fn is_region(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

fn is_pictograph(c: char) -> bool {
    let code = u32::from(c);
    let at = PICTOGRAPHS.partition_point(|(_, last)| *last < code);
    PICTOGRAPHS.get(at).is_some_and(|(first, _)| *first <= code)
}

#[cfg(test)]
mod tests {
    use super::{PICTOGRAPHS, is_emoji};

    #[test]
    fn the_runs_are_in_order() {
        assert!(PICTOGRAPHS.iter().all(|(first, last)| first <= last));
        assert!(PICTOGRAPHS.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    #[test]
    fn emoji_of_every_kind_are_emoji() {
        for text in [
            "\u{1F44D}",
            "\u{1F44D}\u{1F3FD}",
            "\u{2764}\u{FE0F}",
            "\u{2764}",
            "\u{1F469}\u{200D}\u{1F680}",
            "\u{1F1E9}\u{1F1EA}",
            "7\u{FE0F}\u{20E3}",
            "#\u{20E3}",
            "\u{1F3F3}\u{FE0F}\u{200D}\u{1F308}",
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
            "\u{1F441}\u{FE0F}\u{200D}\u{1F5E8}\u{FE0F}",
            "\u{1F468}\u{1F3FB}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F48B}\u{200D}\u{1F468}\u{1F3FF}",
            "\u{1FAE8}",
            "\u{A9}",
            ":tada:",
            ":+1:",
            ":ship_it:",
        ] {
            assert!(is_emoji(text), "{text}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in [
            "",
            "a",
            "abc",
            "7",
            "\u{1F44D}\u{1F44D}",
            "\u{1F44D} ",
            "\u{200D}",
            "\u{1F44D}\u{200D}",
            "\u{FE0F}",
            "\u{1F3FD}",
            "\u{1F1E9}",
            "::",
            ":a b:",
            ":A:",
            "ok\u{1F44D}",
            "\u{1F3F4}\u{E0067}",
            "\u{1F3F4}\u{E007F}",
            "\u{1F44D}\u{E0067}\u{E0062}\u{E0073}\u{E007F}",
            "\u{1F3F4}\u{E0041}\u{E0042}\u{E0043}\u{E007F}",
            "\u{1F44D}\u{FE0F}\u{FE0F}",
            "\u{1F44D}\u{1F3FD}\u{1F3FD}",
            "\u{200D}\u{1F44D}",
            "\u{1F44D}\u{200D}\u{200D}\u{1F44D}",
            "\u{1F44D}\u{200D}a",
            "\u{1F1E9}\u{1F1EA}\u{1F1E9}",
            "\u{1F1E9}a",
            "7\u{FE0F}",
            "a\u{FE0F}\u{20E3}",
            "\u{20E3}",
            "e\u{301}",
            "\u{4E2D}",
            "\u{0}",
            "<b>",
            ":",
            ":\u{1F44D}:",
            "\u{202E}",
        ] {
            assert!(!is_emoji(text), "{text:?}");
        }
    }
}
