//! Charts as SVG, with a title and a description for those who do not see them. The same picture stands in a page, whose
//! style sheet colours it, and in a PDF, which takes the colours written here.
//!
//! A library for charts would bring more code than these two shapes, and neither titles nor classes.

use std::fmt::Write as _;

use crate::platform::i18n::{Lang, format};

const WIDTH: i64 = 640;
const LEFT: i64 = 74;
const RIGHT: i64 = 620;
const TOP: i64 = 44;
const BOTTOM: i64 = 214;

/// One line of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// Whose figures they are.
    pub label: String,
    /// In basis points; `None` where there is none.
    pub values: Vec<Option<i64>>,
}

/// Shares over time.
#[derive(Debug, Clone)]
pub struct Lines {
    /// What no other picture of the document is called.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is to be seen in it.
    pub alt: String,
    /// The months or years.
    pub places: Vec<String>,
    /// One line or two: the first solid with dots, the second dashed with squares.
    pub series: Vec<Series>,
    /// What is to be reached, with its name.
    pub target: Option<(String, i64)>,
}

/// Parts of a whole.
#[derive(Debug, Clone)]
pub struct Bars {
    /// What no other picture of the document is called.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What is to be seen in it.
    pub alt: String,
    /// The parts: name, and share in basis points.
    pub parts: Vec<(String, i64)>,
}

/// Text in SVG.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::platform::ui::foreign::visible(text, false).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn begin(id: &str, title: &str, alt: &str, height: i64) -> String {
    let (title, alt) = (escaped(title), escaped(alt));
    format!(
        "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\" font-family=\"Liberation Sans\" font-size=\"13\">\
         <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{alt}</desc>"
    )
}

fn text(svg: &mut String, (x, y): (i64, i64), anchor: &str, words: &str) {
    let words = escaped(words);
    let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#1b1b1b\">{words}</text>");
}

/// The lowest and highest value of the axis, and its step: round numbers around what is shown.
fn axis(values: impl Iterator<Item = i64> + Clone) -> (i64, i64, i64) {
    let low = values.clone().min().unwrap_or(0);
    let high = values.max().unwrap_or(10_000);
    let span = (high - low).max(20);
    let steps = [5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500];
    let step = steps.into_iter().find(|step| span <= step * 4).unwrap_or(5000);
    // No share is above the whole.
    let top = (-(-high).div_euclid(step) * step).min(10_000);
    let bottom = (low.div_euclid(step) * step).clamp(0, top);
    if top > bottom { (bottom, top, step) } else { ((top - step).max(0), (top - step).max(0) + step, step) }
}

/// Draws shares over time. The axis begins where the figures do, as its numbers say.
pub fn lines(chart: &Lines, lang: Lang) -> String {
    let mut svg = begin(&chart.id, &chart.title, &chart.alt, 246);
    let values = chart.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let (low, high, step) = axis(values.chain(chart.target.iter().map(|(_, target)| *target)));
    // In tenths of a unit, since there are no fractions of money here either.
    let y = |value: i64| BOTTOM * 10 - (value - low) * (BOTTOM - TOP) * 10 / (high - low).max(1);
    let count = i64::try_from(chart.places.len()).unwrap_or(1).max(1);
    let x = |place: i64| LEFT * 10 + (2 * place + 1) * (RIGHT - LEFT) * 10 / (2 * count);
    let tenth = |n: i64| format!("{}.{}", n / 10, n % 10);
    let mut tick = low;
    while tick <= high {
        let at = tenth(y(tick));
        let class = if tick == low { "axis" } else { "grid" };
        let stroke = if tick == low { "#8a8f98" } else { "#c8ccd2" };
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at}\" y2=\"{at}\" stroke=\"{stroke}\"/>"
        );
        text(&mut svg, (LEFT - 6, y(tick) / 10 + 4), "end", &format::percent(lang, tick));
        tick += step;
    }
    for (place, name) in (0..).zip(&chart.places) {
        text(&mut svg, (x(place) / 10, BOTTOM + 20), "middle", name);
    }
    if let Some((_, target)) = &chart.target {
        let at = tenth(y(*target));
        let _ = write!(
            svg,
            "<line class=\"target\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at}\" y2=\"{at}\" stroke=\"#1b1b1b\" \
             stroke-width=\"1.5\" stroke-dasharray=\"2 4\"/>"
        );
    }
    // The first line is drawn last, on top.
    for (number, series) in chart.series.iter().enumerate().rev() {
        let known = (0..).zip(&series.values).filter_map(|(place, value)| Some((place, (*value)?)));
        let points: Vec<(i64, i64, i64)> = known.map(|(place, value)| (place, x(place), y(value))).collect();
        let mut path = String::new();
        let mut before = None;
        for (place, x, y) in &points {
            // A month without a figure is a gap in the line.
            let pen = if before.is_some_and(|before| before + 1 == *place) { 'L' } else { 'M' };
            let _ = write!(path, "{pen}{} {}", tenth(*x), tenth(*y));
            before = Some(*place);
        }
        let stroke = stroke_of(number);
        if !path.is_empty() {
            let _ = write!(svg, "<path {stroke} d=\"{path}\"/>");
        }
        for (_, x, y) in points {
            svg.push_str(&mark(number, x, y));
        }
    }
    legend(&mut svg, chart);
    svg.push_str("</svg>");
    svg
}

fn stroke_of(number: usize) -> &'static str {
    match number {
        0 => "class=\"s0\" fill=\"none\" stroke=\"#1d3d63\" stroke-width=\"2.5\"",
        _ => "class=\"s1\" fill=\"none\" stroke=\"#8a4b08\" stroke-width=\"2\" stroke-dasharray=\"7 4\"",
    }
}

/// A dot or a square, whose places are given in tenths.
fn mark(number: usize, x: i64, y: i64) -> String {
    let tenth = |n: i64| format!("{}.{}", n / 10, n % 10);
    match number {
        0 => {
            format!("<circle class=\"m0\" cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"#1d3d63\"/>", tenth(x), tenth(y))
        }
        _ => format!(
            "<rect class=\"m1\" x=\"{}\" y=\"{}\" width=\"7\" height=\"7\" fill=\"#ffffff\" stroke=\"#8a4b08\" stroke-width=\"2\"/>",
            tenth(x - 35),
            tenth(y - 35)
        ),
    }
}

fn legend(svg: &mut String, chart: &Lines) {
    let mut x = LEFT;
    let step = |words: &str| 56 + 7 * i64::try_from(words.chars().count()).unwrap_or(0);
    for (number, series) in chart.series.iter().enumerate() {
        let _ = write!(svg, "<path {} d=\"M{x} 18L{} 18\"/>", stroke_of(number), x + 28);
        svg.push_str(&mark(number, (x + 14) * 10, 180));
        let words = shortened(&series.label, 32);
        text(svg, (x + 34, 22), "start", &words);
        x += step(&words);
    }
    if let Some((label, _)) = &chart.target {
        let _ = write!(
            svg,
            "<line class=\"target\" x1=\"{x}\" x2=\"{}\" y1=\"18\" y2=\"18\" stroke=\"#1b1b1b\" stroke-width=\"1.5\" \
             stroke-dasharray=\"2 4\"/>",
            x + 28
        );
        text(svg, (x + 34, 22), "start", label);
    }
}

fn shortened(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// Draws parts of a whole as bars from zero.
pub fn bars(chart: &Bars, lang: Lang) -> String {
    let count = i64::try_from(chart.parts.len()).unwrap_or(0);
    let mut svg = begin(&chart.id, &chart.title, &chart.alt, 30 * count + 8);
    let (left, right) = (110, 540);
    for (place, (name, share)) in (0..).zip(&chart.parts) {
        let y = 30 * place + 4;
        let width = (right - left) * share / 10_000;
        text(&mut svg, (left - 10, y + 17), "end", name);
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{left}\" x2=\"{left}\" y1=\"{y}\" y2=\"{}\" stroke=\"#8a8f98\"/>\
             <rect class=\"m0\" x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"20\" fill=\"#1d3d63\"/>",
            y + 26,
            y + 3
        );
        text(&mut svg, (left + width + 8, y + 17), "start", &format::percent(lang, *share));
    }
    svg.push_str("</svg>");
    svg
}
