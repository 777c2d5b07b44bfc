//! Numerals in words, in the languages of notices: Swedish, Finnish, Norwegian (Bokmål and
//! Nynorsk), Danish, English and German; and Roman numerals. The lists are hand-written, because
//! libraries write numbers in words and do not recognise them.
//!
//! Words are compared as [`folded`](super::folded): in lower case, without accents.

/// Numerals from which other numerals are composed.
const NUMERALS: [&str; 5] = [
    // Swedish.
    "noll fyra atta elva tolv tretton fjorton femton sexton \
     sjutton arton aderton nitton tjugo tjugi trettio fyrtio femtio sextio sjuttio attio \
     nittio hundra tusen miljon miljard dussin forsta tredje fjarde femte sjatte sjunde \
     attonde nionde tionde elfte tolfte",
    // Finnish.
    "nolla yksi yhde yhta kaksi kahde kahta kolme nelja viisi viide viitta kuusi kuude kuutta \
     seitseman seitsema kahdeksan kahdeksa yhdeksan yhdeksa kymmene kymmenta kymmen tuhat \
     tuhanne tuhatta miljoona miljardi tusina ensimmai kolmas kolmanne neljas viides kuudes \
     seitsemas kymmenes puolitoista toista satoja kahdessa",
    // Norwegian and Danish.
    "eitt fire seks atte otte elleve tretten fjorten femten seksten sytten atten nitten \
     tjue tyve tretti tredve tredive førti fyrre femti halvtreds seksti sytti halvfjerds atti \
     firs nitti halvfems hundre hundrede tusind million milliard millioner første fyrste \
     fjerde sjette sjuende syvende attende niende tiende ellevte tolvte tyvende tjuende \
     halvanden halvannen dusin",
    // English.
    "zero three four five seven eight nine eleven twelve thirteen fourteen fifteen sixteen \
     seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety \
     hundred thousand billion trillion dozen third fourth fifth eighth ninth twelfth twice \
     thrice tenth tenths twent thirt fort fift sixt sevent ninet double triple second",
    // German.
    "zwei drei vier funf sechs sieben acht neun zehn zwolf sechzehn siebzehn zwanzig \
     dreißig dreissig vierzig funfzig sechzig siebzig achtzig neunzig hundert tausend \
     milliarde dutzend erste zweite dritte vierte funfte sechste siebte achte neunte zehnte \
     halb anderthalb",
];

/// Parts before, between and after numerals: numerals of two or three letters that other words
/// contain as well, "and", endings of ordinals, cases and plurals.
const PARTS: &str = "og och und and en ett et e n s t r er ar te ten ter tes th ths ty de den \
     nde ende dje ste sten ster tal talet ta ssa sta lla lle lta ksi toista ies \
     des mal to ni ti tio ein eins eine sex six one two tva tre fem sju nio syv \
     zwo elf sata sada sataa null ieth kymmenta i tyve sindstyve aa na";

/// Fewest letters of a numeral that is recognised at the beginning of a longer word.
const PREFIX: usize = 4;

/// Returns whether a change of a word, after the first `same` letters, concerns a numeral: either
/// form is one, or the change lies in the numeral with which the word begins (`femtondagars`).
pub fn concerns(old: &[char], new: &[char], same: usize) -> bool {
    [old, new].into_iter().any(|word| {
        let start = word[..same.min(word.len())].iter().rposition(|c| *c == '-');
        let start = start.map_or(0, |hyphen| hyphen + 1);
        let part: String = word[start..].iter().take_while(|c| **c != '-').collect();
        is_numeral(&part) || begins_with_numeral(&part, same - start)
    })
}

/// Whether a word as it is written is a Roman numeral.
pub fn is_roman(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| "IVXLCDM".contains(c))
}

fn numerals() -> impl Iterator<Item = &'static str> {
    NUMERALS.into_iter().flat_map(str::split_whitespace)
}

fn begins_with_numeral(word: &str, same: usize) -> bool {
    numerals().any(|numeral| {
        let length = numeral.chars().count();
        length >= PREFIX && same <= length && word.starts_with(numeral)
    })
}

/// Whether a word consists of numerals and [`PARTS`], with at least one numeral.
fn is_numeral(word: &str) -> bool {
    // For each place in the word, whether parts alone reach it, and whether a numeral does.
    let mut reached = vec![(false, false); word.len() + 1];
    reached[0].0 = true;
    for (place, _) in word.char_indices() {
        let (by_parts, by_numeral) = reached[place];
        if !by_parts && !by_numeral {
            continue;
        }
        let rest = &word[place..];
        for numeral in numerals().filter(|numeral| rest.starts_with(numeral)) {
            reached[place + numeral.len()].1 = true;
        }
        let parts = PARTS.split_whitespace();
        for part in parts.filter(|part| rest.starts_with(part)) {
            let next = &mut reached[place + part.len()];
            *next = (next.0 || by_parts, next.1 || by_numeral);
        }
    }
    reached[word.len()].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procurement::clerical::folded;

    fn is(word: &str) -> bool {
        is_numeral(&folded(word).into_iter().collect::<String>())
    }

    #[test]
    fn numerals_of_six_languages_are_recognised() {
        for word in [
            // Swedish, Finnish, Norwegian, Danish, English, German.
            "femton",
            "femtio",
            "tjugofyra",
            "åttahundra",
            "femtonde",
            "tvåtusenfemhundra",
            "viisitoista",
            "viisikymmentä",
            "kahdeksan",
            "kolmesataa",
            "viidessä",
            "kuudenkymmenen",
            "femten",
            "femti",
            "femte",
            "femtiåtte",
            "førtito",
            "tjueførste",
            "tohundre",
            "femogtyve",
            "halvtreds",
            "fireogfirs",
            "tredive",
            "hundrede",
            "eighty",
            "fourteen",
            "seventieth",
            "thousand",
            "hundreds",
            "vierundzwanzig",
            "fünfzehn",
            "fünfzigste",
            "dreißig",
            "zweihundert",
            "achte",
        ] {
            assert!(is(word), "{word}");
        }
    }

    #[test]
    fn other_words_are_no_numerals() {
        for word in [
            "städning",
            "skolor",
            "leverans",
            "school",
            "cleaning",
            "tender",
            "siivous",
            "koulut",
            "rengøring",
            "skole",
            "anskaffelse",
            "Reinigung",
            "Schule",
            "nedan",
            "tillåtet",
            "second-hand",
            "tentative",
            "entreprenad",
            "enhet",
            "testet",
            "stol",
            "stolar",
            "bussar",
        ] {
            assert!(!is(word), "{word}");
        }
        assert!(is_roman("XXVIII") && !is_roman("civil") && !is_roman("I"));
    }

    #[test]
    fn a_change_in_the_numeral_of_a_longer_word_concerns_it() {
        let concerns = |old: &str, new: &str| {
            let (old, new) = (folded(old), folded(new));
            let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
            super::concerns(&old, &new, same)
        };
        assert!(concerns("femtondagars", "femtiondagars"));
        assert!(concerns("eight-week", "eighty-week"));
        assert!(concerns("minst-femton", "minst-femtin"));
        assert!(!concerns("femtondagars", "femtondagasr"));
        assert!(!concerns("eight-hours", "eight-huors"));
        assert!(!concerns("skolor", "skloor"));
    }
}
