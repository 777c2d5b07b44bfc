//! Every message for people is translated into every language, and no translation is left over.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use polib::{catalog::Catalog, message::MessageView, po_file};
use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Expr, ExprCall, ItemMod, Lit, LitStr, Macro,
    visit::{self, Visit},
};

use super::source::{Source, repository, sources};

/// Languages that messages are translated into.
const LANGUAGES: [&str; 4] = ["sv", "fi", "nb", "da"];

/// Modules whose refusals reach clients. Their other sentences are [`INTERNAL`].
const MODULES: [&str; 14] = [
    "auth/policy.rs",
    "database",
    "dialogue",
    "document",
    "graphql",
    "kernel",
    "organisation",
    "procurement",
    "search/cursor",
    "search/facets",
    "search/filter",
    "search/quer",
    "search/questions",
    "tender",
];

/// Files of these modules whose sentences are no messages for people: schema descriptions, errors of
/// documents and variables, which developers read in English, log texts, SQL, errors at start and word
/// lists.
const INTERNAL: [&str; 24] = [
    "/store",
    "database/migrations.rs",
    "database/quota/overrides.rs",
    "document/files.rs",
    "graphql/audiences.rs",
    "graphql/coercion",
    "graphql/documents.rs",
    "graphql/execution.rs",
    "graphql/library_types.rs",
    "graphql/memo.rs",
    "graphql/limits",
    "graphql/live",
    "graphql/merging",
    "graphql/scalars.rs",
    "graphql/validation.rs",
    "kernel/message/macros.rs",
    "procurement/clerical/numerals.rs",
    "tender/audit.rs",
    "tender/may_open.rs",
    "tender/opener.rs",
    "tender/document/open.rs",
    "tender/document/stream.rs",
    "tender/procurement_key.rs",
    "tender/sealing.rs",
];

/// Beginnings of sentences in other files that are no messages: texts for the log or for operators,
/// texts that are stored in several languages, and filter expressions of the search engine.
const REVIEWED: [&str; 22] = [
    "a draft of a tender cannot be decrypted",
    "an offer that passed its checks",
    "this process has no chain key",
    "torg tender draft 1",
    "the time is out of range",
    "`{code}` is not a CPV code",
    "the range `{text}` ends before it begins",
    "refused without a reason",
    "the entry states no submitted tender",
    "this process has no chain key",
    "an upload was removed before it ended",
    "Beskriv din idé",
    "Beschreiben Sie",
    "Describe your idea",
    "Kuvaile ideasi",
    "Beskriv ideen din",
    "Beskriv er idé",
    "(phase = ",
    "dialogueFrom <= ",
    "number NOT IN ",
    "phase = TENDERING ",
    "{attribute} {operator} ",
];

/// Functions that take a phrase of a message, and its position among their arguments.
const PHRASES: [(&str, usize); 6] = [
    ("check_localized", 1),
    ("check_not_ended", 0),
    ("check_not_started", 0),
    ("check_phase", 0),
    ("not_found", 1),
    ("id", 1),
];

/// The templates of the source: each with its plural, if it has one.
#[derive(Default)]
struct Templates {
    found: BTreeMap<String, Option<String>>,
    /// Sentences that `format!` puts together, which cannot be translated.
    formatted: Vec<String>,
}

impl Templates {
    fn add(&mut self, template: &str) {
        self.found.entry(template.to_owned()).or_default();
    }

    fn add_sentence(&mut self, text: &str) {
        if is_sentence(text) && !is_reviewed(text) {
            self.add(text);
        }
    }
}

/// Whether a text has at least three words.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '\'')
    };
    !text.contains('\n') && text.split(' ').filter(is_word).count() >= 3
}

fn is_reviewed(text: &str) -> bool {
    REVIEWED.iter().any(|known| text.starts_with(known))
}

/// Returns the string literals at the top of a macro's arguments, one for each argument that is one.
fn literals(tokens: TokenStream) -> Vec<String> {
    let literals = tokens.into_iter().filter_map(|token| match token {
        TokenTree::Literal(literal) => syn::parse_str::<LitStr>(&literal.to_string()).ok(),
        _ => None,
    });
    literals.map(|literal| literal.value()).collect()
}

impl<'ast> Visit<'ast> for Templates {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let is_test = module.attrs.iter().any(|attribute| {
            attribute.path().is_ident("cfg")
                && matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "test")
        });
        if !is_test {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.add_sentence(&literal.value());
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let name = path.path.segments.last().unwrap().ident.to_string();
            let phrase = PHRASES.iter().find(|(known, _)| *known == name);
            let argument = phrase.and_then(|(_, position)| call.args.iter().nth(*position));
            if let Some(Expr::Lit(literal)) = argument
                && let Lit::Str(literal) = &literal.lit
            {
                self.add(&phrase_of(&name, &literal.value()));
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        let phrase = PHRASES.iter().find(|(known, _)| *known == name);
        let argument = phrase.and_then(|(_, position)| call.args.iter().nth(*position));
        if let Some(Expr::Lit(literal)) = argument
            && let Lit::Str(literal) = &literal.lit
        {
            self.add(&literal.value());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().unwrap().ident.to_string();
        let texts = literals(call.tokens.clone());
        match (name.as_str(), texts.as_slice()) {
            ("message", [template, ..]) => self.add(template),
            ("counted", [one, other, ..]) => {
                self.found.insert(one.clone(), Some(other.clone()));
            }
            ("format", [text, ..]) if is_sentence(text) && !is_reviewed(text) => {
                self.formatted.push(text.clone());
            }
            _ => {}
        }
        // Messages inside the arguments of other macros: `vec![message!(…)]`.
        if !["message", "counted", "format"].contains(&name.as_str()) {
            nested(call.tokens.clone(), self);
        } else if let Ok(arguments) = call
            .parse_body_with(syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated)
        {
            for argument in &arguments {
                if !matches!(argument, Expr::Lit(_)) {
                    self.visit_expr(argument);
                }
            }
        }
    }
}

/// Finds `message!(…)` inside the tokens of another macro.
fn nested(tokens: TokenStream, templates: &mut Templates) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        let before = at.checked_sub(2).map(|before| tokens[before].to_string());
        if before.as_deref() == Some("message") {
            if let [template, ..] = literals(group.stream()).as_slice() {
                templates.add(template);
            }
        } else {
            nested(group.stream(), templates);
        }
    }
}

/// Returns the phrase of an argument: `id` names what the field's ID identifies.
fn phrase_of(function: &str, argument: &str) -> String {
    if function != "id" {
        return argument.to_owned();
    }
    let stem = argument.strip_suffix("Ids").or(argument.strip_suffix("Id"));
    match stem.unwrap_or(argument) {
        "aboutQuestion" | "into" => "question".to_owned(),
        "apiKey" => "API key".to_owned(),
        named => named.to_owned(),
    }
}

fn is_message_source(source: &Source) -> bool {
    let path = source.path.to_string_lossy();
    let is_test = path.ends_with("tests.rs") || path.contains("/tests/");
    MODULES.iter().any(|module| path.starts_with(module))
        && !INTERNAL.iter().any(|internal| path.contains(internal))
        && !is_test
}

fn templates() -> Templates {
    let mut templates = Templates::default();
    for source in sources().iter().filter(|source| is_message_source(source)) {
        let file = syn::parse_file(&source.code).unwrap();
        let formatted = templates.formatted.len();
        templates.visit_file(&file);
        for text in &mut templates.formatted[formatted..] {
            *text = format!("src/{}: {text}", source.path.display());
        }
    }
    templates
}

fn catalogue(language: &str) -> Catalog {
    let path = repository().join(format!("src/kernel/message/{language}.po"));
    po_file::parse_from_reader(fs::read(path).unwrap().as_slice()).unwrap()
}

/// Returns the placeholders and the code in backticks of a text, in alphabetical order.
fn fixed_parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for (open, close) in [('{', '}'), ('`', '`')] {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(open) {
            let (part, after) = after.split_once(close).unwrap();
            parts.push(part.to_owned());
            rest = after;
        }
    }
    parts.sort();
    parts
}

/// Returns the translations of a message: one, or one for each plural form.
fn translations(message: &dyn MessageView) -> Vec<&str> {
    match message.msgstr_plural() {
        Ok(forms) => forms.iter().map(String::as_str).collect(),
        Err(_) => vec![message.msgstr().unwrap()],
    }
}

#[test]
fn every_message_is_translated_into_every_language() {
    let templates = templates().found;
    assert!(templates.len() > 300, "only {} found", templates.len());
    for language in LANGUAGES {
        let catalogue = catalogue(language);
        let missing: Vec<&String> = templates
            .iter()
            .filter(|(one, other)| {
                let found = catalogue.find_message(None, one, other.as_deref());
                !found.is_some_and(|message| message.is_translated() && !message.is_fuzzy())
            })
            .map(|(one, _)| one)
            .collect();
        let count = missing.len();
        assert!(
            missing.is_empty(),
            "{count} without {language}: {missing:#?}"
        );
    }
}

#[test]
fn no_translation_is_left_over() {
    let templates = templates().found;
    for language in LANGUAGES {
        let catalogue = catalogue(language);
        let ids: BTreeSet<&str> = catalogue
            .messages()
            .map(|message| message.msgid())
            .collect();
        let unused: Vec<&&str> = ids
            .iter()
            .filter(|id| !templates.contains_key(**id))
            .collect();
        assert!(unused.is_empty(), "unused in {language}: {unused:#?}");
    }
}

#[test]
fn translations_have_the_placeholders_and_names_of_their_template() {
    for language in LANGUAGES {
        for message in catalogue(language).messages() {
            let template = fixed_parts(message.msgid());
            for text in translations(message) {
                assert_eq!(fixed_parts(text), template, "{language}: {text}");
            }
        }
    }
}

#[test]
fn messages_are_not_put_together_by_format() {
    let formatted = templates().formatted;
    assert!(formatted.is_empty(), "write `message!`: {formatted:#?}");
}

#[test]
fn templates_are_found_in_every_form() {
    let code = r#"
        fn f() {
            let a = message!("one {x}", x = message!("inner"));
            let b = counted!(n, "{n} seat", "{n} seats", n);
            let c = "three little words";
            let d = Refusal::not_found("procurementId", "procurement");
            let e = vec![message!("listed")];
            let f = format!("put together wrongly {x}");
        }
        #[cfg(test)]
        mod tests { const A: &str = "words of a test"; }
    "#;
    let mut templates = Templates::default();
    templates.visit_file(&syn::parse_file(code).unwrap());
    let found: Vec<&String> = templates.found.keys().collect();
    assert_eq!(
        found,
        [
            "inner",
            "listed",
            "one {x}",
            "procurement",
            "three little words",
            "{n} seat"
        ]
    );
    assert_eq!(templates.formatted.len(), 1);
}
