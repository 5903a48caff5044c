//! The text cut into what is run and what must then be printed.

/// A fenced block of a Markdown text.
#[derive(Debug)]
pub struct Block<'a> {
    pub language: &'a str,
    pub text: &'a str,
    /// The line on which its fence opens, counted from 1.
    pub line: usize,
}

/// Commands, and the block that shows what they print; without one they print nothing.
#[derive(Debug)]
pub struct Step<'a> {
    pub commands: Block<'a>,
    pub shown: Option<Block<'a>>,
}

/// All fenced blocks, in their order.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut end = 0;
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let start = end;
        end += line.len();
        let Some(fence) = line.trim_end().strip_prefix("```") else { continue };
        open = match open {
            None => Some((fence, end, number)),
            Some((language, from, line)) => {
                blocks.push(Block { language, text: &text[from..start], line });
                None
            }
        };
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    blocks
}

/// The commands of a text with what they print, in their order.
pub fn steps(text: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for block in blocks(text) {
        match block.language {
            "sh" => steps.push(Step { commands: block, shown: None }),
            "json" | "text" => {
                let last = steps.last_mut().expect("an answer stands behind its commands");
                assert!(last.shown.is_none(), "line {}: these commands have an answer already", block.line);
                last.shown = Some(block);
            }
            // What is to be typed elsewhere.
            "console" => {}
            other => panic!("line {}: nobody runs or compares {other:?}", block.line),
        }
    }
    steps
}

#[test]
fn a_text_is_cut_into_commands_and_what_they_print() {
    let text =
        "# A\n```console\nserve\n```\n```sh\none\ntwo\n```\nwords\n```json\n{}\n```\n```sh\nthree\n```\n";
    let steps = steps(text);
    let cut: Vec<_> = steps
        .iter()
        .map(|step| (step.commands.line, step.commands.text, step.shown.as_ref().map(|shown| shown.text)))
        .collect();
    assert_eq!(cut, [(5, "one\ntwo\n", Some("{}\n")), (13, "three\n", None)]);
    assert_eq!(blocks(text)[0].text, "serve\n");
}
