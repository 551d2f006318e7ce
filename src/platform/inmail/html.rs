//! What can be read of an HTML mail. Quotations become lines that begin with `>`, as in plain mails.

use mail_parser::decoders::html::add_html_token;

/// How many `>` a line gets at most, however deep it is quoted.
const DEEPEST_QUOTE: usize = 3;

/// The text of an HTML mail, at most about so many bytes of it.
pub(super) fn to_text(html: &str, limit: usize) -> String {
    let mut out = Out { text: String::new(), quoted: 0, space: false, fresh: true };
    let mut rest = html;
    while !rest.is_empty() && out.text.len() < limit {
        let Some(at) = rest.find('<') else {
            out.words(rest);
            break;
        };
        let (before, tag) = rest.split_at(at);
        out.words(before);
        rest = if let Some(comment) = tag.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if tag.get(1..2).is_some_and(|c| {
            c == "/" || c == "!" || c == "?" || c.starts_with(|c: char| c.is_ascii_alphabetic())
        }) {
            let (inner, after) = tag.get(1..).unwrap_or_default().split_once('>').unwrap_or_default();
            out.tag(inner);
            skipped(inner, after)
        } else {
            out.words("<");
            tag.get(1..).unwrap_or_default()
        };
    }
    out.text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// What follows a tag: behind the end of what is not text.
fn skipped<'a>(tag: &str, after: &'a str) -> &'a str {
    let name = name_of(tag);
    if !matches!(name.as_str(), "style" | "script" | "title" | "template") || tag.ends_with('/') {
        return after;
    }
    let end = format!("</{name}");
    let found = after
        .match_indices("</")
        .find(|(at, _)| after.get(*at..at + end.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(&end)));
    let behind = found.and_then(|(at, _)| after.get(at..));
    behind.and_then(|end| end.split_once('>')).map_or("", |(_, after)| after)
}

fn name_of(tag: &str) -> String {
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next();
    name.unwrap_or_default().to_ascii_lowercase()
}

struct Out {
    text: String,
    quoted: usize,
    /// A space stands before the next word.
    space: bool,
    /// The next word begins a line.
    fresh: bool,
}

impl Out {
    fn tag(&mut self, tag: &str) {
        let closes = tag.starts_with('/');
        match name_of(tag).as_str() {
            "br" | "div" | "tr" | "ul" | "ol" | "table" | "hr" | "section" | "article" | "header"
            | "footer" => self.line(),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" => {
                self.line();
                if closes && !self.text.ends_with("\n\n") {
                    self.text.push('\n');
                }
            }
            "li" => {
                self.line();
                if !closes {
                    self.word("-");
                    self.space = true;
                }
            }
            "td" | "th" => self.space = true,
            "blockquote" => {
                self.line();
                self.quoted = if closes { self.quoted.saturating_sub(1) } else { self.quoted + 1 };
            }
            _ => {}
        }
    }

    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") && (!self.fresh || self.text.ends_with('\n'))
        {
            if self.fresh {
                return;
            }
            self.text.push('\n');
        }
        self.fresh = true;
        self.space = false;
    }

    fn words(&mut self, text: &str) {
        if text.starts_with(|c: char| c.is_whitespace()) {
            self.space = true;
        }
        let mut words = text.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            self.word(word);
            self.space = words.peek().is_some() || text.ends_with(|c: char| c.is_whitespace());
        }
    }

    fn word(&mut self, word: &str) {
        if self.fresh {
            let depth = self.quoted.min(DEEPEST_QUOTE);
            self.text.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                self.text.push(' ');
            }
        } else if self.space {
            self.text.push(' ');
        }
        (self.fresh, self.space) = (false, false);
        let mut rest = word;
        while let Some((before, entity)) = rest.split_once('&') {
            self.text.push_str(before);
            let end = entity.char_indices().take(11).find(|(_, c)| *c == ';').map(|(at, _)| at);
            match end.and_then(|end| entity.split_at_checked(end)) {
                Some((name, after)) => {
                    add_html_token(&mut self.text, format!("&{name};").as_bytes(), false);
                    rest = after.strip_prefix(';').unwrap_or(after);
                }
                None => {
                    self.text.push('&');
                    rest = entity;
                }
            }
        }
        self.text.push_str(rest);
    }
}
