//! What is spilled comes back.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Word(u32, String);

impl Spill for Word {
    fn beside(&self) -> usize {
        self.1.capacity()
    }

    fn write(&self, out: &mut Vec<u8>) {
        put(u64::from(self.0), out);
        put(self.1.len() as u64, out);
        out.extend_from_slice(self.1.as_bytes());
    }

    fn read(from: &mut &[u8]) -> Option<Word> {
        let number = take_small(from)?;
        let length = take(from)? as usize;
        let (text, rest) = from.split_at_checked(length)?;
        *from = rest;
        Some(Word(number, String::from_utf8(text.to_vec()).ok()?))
    }
}

fn all<T>(mut stream: impl Stream<T>) -> Vec<T> {
    std::iter::from_fn(|| stream.next().unwrap()).collect()
}

proptest! {
    #[test]
    fn what_is_spilled_comes_back_as_if_it_had_not_been(
        words in prop::collection::vec((0_u32..50, "[a-zæ]{0,120}"), 0..400),
        limit in 1_usize..20_000,
    ) {
        let words: Vec<_> = words.into_iter().map(|(number, text)| Word(number, text)).collect();
        let mut sorter = Sorter::new(limit);
        let mut sequence = Sequence::new(limit);
        for word in &words {
            sorter.push(word.clone()).unwrap();
            sequence.push(word.clone()).unwrap();
        }
        for _ in 0..2 {
            prop_assert_eq!(&all(sequence.read().unwrap()), &words);
        }
        prop_assert_eq!(sequence.len(), words.len() as u64);
        let mut expected = words;
        expected.sort();
        prop_assert_eq!(all(sorter.finish().unwrap()), expected);
    }
}

#[test]
fn numbers_come_back_and_what_is_no_number_does_not() {
    let mut out = Vec::new();
    let numbers = [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), 1_000_000_000_000, u64::MAX];
    numbers.iter().for_each(|number| put(*number, &mut out));
    let mut rest = out.as_slice();
    assert_eq!(numbers.map(|_| take(&mut rest).unwrap()), numbers);
    assert_eq!((take(&mut rest), take(&mut &[0x80][..]), take(&mut &[0xFF; 12][..])), (None, None, None));
}

#[test]
fn runs_longer_than_a_block_are_read_to_their_end() {
    let mut sorter = Sorter::new(400_000);
    for n in 0..60_000_u32 {
        sorter.push(Word(n.wrapping_mul(2_654_435_761) % 60_000, "x".repeat(n as usize % 90))).unwrap();
    }
    let found = all(sorter.finish().unwrap());
    assert_eq!(found.len(), 60_000);
    assert!(found.is_sorted());
}
