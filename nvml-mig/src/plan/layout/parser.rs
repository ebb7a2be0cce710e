//! Reads the text of a layout.

mod cursor;

use super::{
    Layout, LayoutComputeInstance, LayoutError, LayoutErrorKind, LayoutGpuInstance, LayoutProfile,
};
use crate::id::{ComputeInstanceId, ComputeInstanceProfileId, GpuInstanceProfileId};
use crate::profile::ProfileName;
use cursor::Cursor;

/// Maximum count; no GPU or GPU instance has more instances. It keeps a mistyped count from exhausting memory. Whether
/// the instances fit on a particular GPU is checked by the planner.
const MOST: usize = 64;

pub(super) fn parse(text: &str) -> Result<Layout, LayoutError> {
    let mut cursor = Cursor::new(text);
    let mut layout = Layout::new();
    if text.trim() == "none" {
        return Ok(layout);
    }
    if text.trim().is_empty() {
        return Err(cursor.error(LayoutErrorKind::Empty));
    }
    loop {
        gpu_instance(&mut cursor, &mut layout)?;
        if cursor.at_end() {
            return Ok(layout);
        }
        if !cursor.eat(',') {
            return Err(cursor.unexpected("a comma or the end"));
        }
    }
}

/// Parses an entry such as `2*3g.20gb:4(1c,2c)`.
fn gpu_instance(cursor: &mut Cursor<'_>, layout: &mut Layout) -> Result<(), LayoutError> {
    let count = count(cursor)?;
    let at = cursor.column();
    let profile = profile(cursor)?;
    let mig_device = match profile {
        LayoutProfile::Name(name) if name.is_part() => Some(name),
        _ => None,
    };
    let mut wanted = LayoutGpuInstance::new(profile);
    let start_at = cursor.column();
    if let Some(start) = start(cursor)? {
        wanted = wanted.with_start(start);
        only_one(count, start_at, LayoutErrorKind::SharedStart { count })?;
    }
    let list_at = cursor.column();
    if cursor.eat('(') {
        wanted = wanted.with_compute_instances(compute_instances(cursor)?);
    }
    let nothing_follows = list_at == start_at && cursor.column() == list_at;
    match mig_device {
        Some(name) if !nothing_follows => Err(LayoutError::new(start_at, after_compute_part(name))),
        Some(name) => {
            let kind = LayoutErrorKind::TooManyMigDevices { most: MOST };
            at_most(layout.mig_devices().len() + count, at, kind)?;
            (0..count).for_each(|_| layout.add_mig_device(name));
            Ok(())
        }
        None => {
            let kind = LayoutErrorKind::TooManyGpuInstances { most: MOST };
            at_most(layout.gpu_instances().len() + count, at, kind)?;
            (0..count).for_each(|_| layout.push(wanted.clone()));
            Ok(())
        }
    }
}

fn at_most(count: usize, column: usize, kind: LayoutErrorKind) -> Result<(), LayoutError> {
    if count > MOST {
        return Err(LayoutError::new(column, kind));
    }
    Ok(())
}

/// A start or a list after `1c.3g.20gb` could be the GPU instance's or the compute instance's.
fn after_compute_part(mig_device: ProfileName) -> LayoutErrorKind {
    let gpu_instance = mig_device.gpu_instance();
    let compute_instance = LayoutComputeInstance::of_mig_device(mig_device);
    LayoutErrorKind::AfterComputePart {
        name: mig_device.to_string(),
        instead: format!("{gpu_instance}:start({compute_instance}:start)"),
    }
}

/// Parses a count such as `7*`; the default is 1.
fn count(cursor: &mut Cursor<'_>) -> Result<usize, LayoutError> {
    cursor.skip_spaces();
    let column = cursor.column();
    let Some(digits) = cursor.eat_count() else {
        return Ok(1);
    };
    match digits.parse() {
        Ok(count) if (1..=MOST).contains(&count) => Ok(count),
        _ => {
            let kind = LayoutErrorKind::Count {
                count: digits.to_owned(),
                most: MOST,
            };
            Err(LayoutError::new(column, kind))
        }
    }
}

/// Reads a name such as `1g.5gb+me`, or an id such as `19`.
fn profile(cursor: &mut Cursor<'_>) -> Result<LayoutProfile, LayoutError> {
    let column = cursor.column();
    let word = cursor.profile();
    if word.is_empty() {
        return Err(cursor.unexpected("a GPU instance profile, such as 3g.20gb"));
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        let id = number(word, column)?;
        return Ok(GpuInstanceProfileId::new(id).into());
    }
    let name: ProfileName = word
        .parse()
        .map_err(|error| LayoutError::new(column, LayoutErrorKind::ProfileName(error)))?;
    Ok(name.into())
}

/// Parses an optional start such as `:4`.
fn start(cursor: &mut Cursor<'_>) -> Result<Option<u32>, LayoutError> {
    number_after(':', "the number of the first slice", cursor)
}

/// Parses an optional id such as `#1`.
fn preferred_id(cursor: &mut Cursor<'_>) -> Result<Option<ComputeInstanceId>, LayoutError> {
    let id = number_after('#', "the id of the compute instance", cursor)?;
    Ok(id.map(ComputeInstanceId::new))
}

/// Parses an optional number after this character.
fn number_after(
    mark: char,
    expected: &'static str,
    cursor: &mut Cursor<'_>,
) -> Result<Option<u32>, LayoutError> {
    if !cursor.eat(mark) {
        return Ok(None);
    }
    cursor.skip_spaces();
    let column = cursor.column();
    let digits = cursor.digits();
    if digits.is_empty() {
        return Err(cursor.unexpected(expected));
    }
    number(digits, column).map(Some)
}

fn number(digits: &str, column: usize) -> Result<u32, LayoutError> {
    digits.parse().map_err(|_| {
        let number = digits.to_owned();
        LayoutError::new(column, LayoutErrorKind::TooLarge { number })
    })
}

fn only_one(count: usize, column: usize, kind: LayoutErrorKind) -> Result<(), LayoutError> {
    if count > 1 {
        return Err(LayoutError::new(column, kind));
    }
    Ok(())
}

/// Reads the rest of `(1c,2c:1)`, after the parenthesis.
fn compute_instances(cursor: &mut Cursor<'_>) -> Result<Vec<LayoutComputeInstance>, LayoutError> {
    let mut compute_instances = Vec::new();
    if cursor.eat(')') {
        return Ok(compute_instances);
    }
    loop {
        let at = cursor.column();
        let (count, compute_instance) = compute_instance(cursor)?;
        if compute_instances.len() + count > MOST {
            let kind = LayoutErrorKind::TooManyComputeInstances { most: MOST };
            return Err(LayoutError::new(at, kind));
        }
        compute_instances.extend((0..count).map(|_| compute_instance));
        if cursor.eat(')') {
            return Ok(compute_instances);
        }
        if !cursor.eat(',') {
            return Err(cursor.unexpected("a comma or the closing parenthesis"));
        }
    }
}

/// Parses an entry such as `2*1c`, `2c:1`, `1c#2` or `7`.
fn compute_instance(
    cursor: &mut Cursor<'_>,
) -> Result<(usize, LayoutComputeInstance), LayoutError> {
    let count = count(cursor)?;
    let column = cursor.column();
    let digits = cursor.digits();
    if digits.is_empty() {
        return Err(cursor.unexpected("a compute instance, such as 1c"));
    }
    let number = number(digits, column)?;
    let mut compute_instance = if cursor.eat_unit('c') {
        if number == 0 {
            return Err(LayoutError::new(column, LayoutErrorKind::NoSlices));
        }
        LayoutComputeInstance::slices(number)
    } else {
        LayoutComputeInstance::id(ComputeInstanceProfileId::new(number))
    };
    let start_at = cursor.column();
    if let Some(start) = start(cursor)? {
        only_one(count, start_at, LayoutErrorKind::SharedStart { count })?;
        compute_instance = compute_instance.with_start(start);
    }
    let id_at = cursor.column();
    if let Some(id) = preferred_id(cursor)? {
        only_one(count, id_at, LayoutErrorKind::SharedId { count })?;
        compute_instance = compute_instance.with_preferred_id(id);
    }
    Ok((count, compute_instance))
}
