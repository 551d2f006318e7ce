//! Leaving out what a mail quotes of the one it answers. Where that is not plain to see, everything stays.

/// Lines that stand above an earlier mail in full.
const RULES: [&str; 5] = [
    "oprindelig meddelelse",
    "original message",
    "opprinnelig melding",
    "ursprungligt meddelande",
    "ursprüngliche nachricht",
];
/// How the header of an earlier mail begins, and what its next lines begin with.
const FROM: [&str; 4] = ["fra:", "from:", "från:", "von:"];
const SENT: [&str; 6] = ["sendt:", "sent:", "dato:", "date:", "skickat:", "gesendet:"];
/// How a line that names the writer of a quotation begins, and what it says.
const ON: [&str; 7] = ["den ", "on ", "på ", "man.", "am ", "d. ", "le "];
const WROTE: [&str; 5] = ["skrev", "wrote", "schrieb", "skreiv", "a écrit"];

/// How many lines an attribution or the header of an earlier mail goes over at most.
const FEW: usize = 4;

/// The text without what it quotes at its end, or above the answer. `forwards` says that what it shows of another mail
/// is what it is about. Nothing is left out where nothing would remain.
pub fn without_quotes(text: &str, forwards: bool) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    if forwards {
        return joined(&lines);
    }
    let above = match (0..lines.len()).find(|at| begins_earlier_mail(&lines, *at)) {
        Some(end) => lines.get(..end).unwrap_or_default(),
        None => &lines,
    };
    let kept = joined(&without_quoted_lines(above));
    if kept.is_empty() { joined(&lines) } else { kept }
}

fn begins_earlier_mail(lines: &[&str], at: usize) -> bool {
    let Some(line) = lines.get(at) else { return false };
    let low = plain(line);
    let ruled = low.starts_with("--") || low.starts_with("__");
    if ruled && RULES.iter().any(|rule| low.contains(rule)) {
        return true;
    }
    if FROM.iter().any(|word| low.starts_with(word)) {
        let next = lines.iter().skip(at + 1).filter(|line| !line.trim().is_empty()).take(FEW);
        return next.map(|line| plain(line)).any(|line| SENT.iter().any(|word| line.starts_with(word)));
    }
    // Where the quotation itself bears no marks, it cannot be told from what somebody wrote, as in "Den 4. maj 2026 skrev I
    // til os:". Then it stays.
    attribution(lines, at).is_some_and(|length| {
        let mut behind = lines.iter().skip(at + length).filter(|line| !line.trim().is_empty()).peekable();
        behind.peek().is_some() && behind.all(|line| is_quoted(line))
    })
}

/// How many lines an attribution that begins here goes over: `Den 4. maj 2026 kl. 10.06 skrev Anna Holm <…>:`
fn attribution(lines: &[&str], at: usize) -> Option<usize> {
    let first = plain(lines.get(at)?);
    if !ON.iter().any(|word| first.starts_with(word)) {
        return None;
    }
    let mut whole = String::new();
    for (n, line) in lines.iter().skip(at).take(FEW).enumerate() {
        if line.trim().is_empty() {
            return None;
        }
        whole.push_str(&plain(line));
        whole.push(' ');
        if line.trim_end().ends_with(':') {
            let says = WROTE.iter().any(|word| whole.contains(word));
            return (says && whole.contains(|c: char| c.is_ascii_digit())).then_some(n + 1);
        }
    }
    None
}

/// Without the one stretch of quoted lines and its attribution. Where answers stand between several, they need what they
/// answer to, and only a stretch at the end goes.
fn without_quoted_lines<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let stretches = stretches(lines);
    let ends = |end: usize| lines.iter().skip(end).all(|line| line.trim().is_empty());
    let Some((begin, end)) = stretches.last().copied().filter(|(_, end)| stretches.len() == 1 || ends(*end))
    else {
        return lines.to_vec();
    };
    // A stretch in the middle without an attribution may be something that the writer set off.
    let attributed = (begin.saturating_sub(FEW + 1)..begin).find(|at| {
        attribution(lines, *at).is_some_and(|length| {
            lines.iter().take(begin).skip(at + length).all(|line| line.trim().is_empty())
        })
    });
    if attributed.is_none() && !ends(end) {
        return lines.to_vec();
    }
    let before = lines.get(..attributed.unwrap_or(begin)).unwrap_or_default();
    let behind = lines.get(end..).unwrap_or_default();
    before.iter().chain(behind).copied().collect()
}

/// Where lines are quoted: from which up to which, empty lines between them included.
fn stretches(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| is_quoted(line)) {
        match stretches.last_mut() {
            Some((_, end)) if lines.iter().take(at).skip(*end).all(|line| line.trim().is_empty()) => {
                *end = at + 1
            }
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// A line in small letters without marks of bold type.
fn plain(line: &str) -> String {
    line.trim().chars().take(300).filter(|c| *c != '*').collect::<String>().to_lowercase()
}

/// Lines without empty ones at both ends, and no more than two in a row.
fn joined(lines: &[&str]) -> String {
    let mut out = String::new();
    let mut empty = 0;
    for line in lines {
        if line.trim().is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.extend(std::iter::repeat_n('\n', 1 + usize::min(empty, 2)));
        }
        empty = 0;
        out.push_str(line);
    }
    out
}
