//! The text of a journal, as a kill or a boot would change it.

/// A journal with changed lines and their checksum.
fn changed(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let head: String = lines.iter().map(|line| change(line) + "\n").collect();
    let checksum = crc32(head.as_bytes());
    format!("{head}{{\"checksum\":{checksum}}}\n")
}

/// A journal as it would be found after a boot, which the test can't do.
pub fn of_another_boot(text: &str) -> String {
    changed(text, |line| match line.split_once("\"boot\":\"") {
        None => line.to_owned(),
        Some((before, after)) => format!("{before}\"boot\":\"another {after}"),
    })
}

/// A journal in which the outcome of the last record is unknown.
pub(super) fn without_last_outcome(text: &str) -> String {
    changed(text, |line| match line.rfind("\"outcome\":") {
        None => line.to_owned(),
        Some(at) => {
            let value = &line[at + 10..];
            let end = if value.starts_with('{') {
                value.find('}').unwrap() + 1
            } else {
                value[1..].find('"').unwrap() + 2
            };
            format!("{}\"outcome\":\"unknown\"{}", &line[..at], &value[end..])
        }
    })
}

/// The checksum of IEEE 802.3, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 * (sum & 1));
        }
    }
    !sum
}
