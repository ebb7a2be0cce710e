//! Paths among the tokens of a macro, which syn does not parse.

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::names::Path;

/// All paths of two names or more, with their lines.
pub fn paths(tokens: TokenStream) -> Vec<(Path, usize)> {
    let mut found = Vec::new();
    let mut open: Option<(Path, usize)> = None;
    // How many colons have been read since the last name of the open path.
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ':' && open.is_some() => colons += 1,
            TokenTree::Ident(name) => {
                extend(&mut open, &name, colons, &mut found);
                colons = 0;
            }
            other => {
                found.extend(open.take());
                colons = 0;
                if let TokenTree::Group(group) = other {
                    found.extend(paths(group.stream()));
                }
            }
        }
    }
    found.extend(open);
    found.retain(|(path, _)| path.len() > 1);
    found
}

/// Adds a name to the open path, or opens a new one.
fn extend(
    open: &mut Option<(Path, usize)>,
    name: &Ident,
    colons: usize,
    found: &mut Vec<(Path, usize)>,
) {
    match open {
        Some((path, _)) if colons == 2 => path.push(name.to_string()),
        _ => found.extend(open.replace((vec![name.to_string()], name.span().start().line))),
    }
}
