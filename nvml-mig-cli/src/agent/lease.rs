//! The lease of the node: one agent has it, and a second one waits.

use std::time::{Duration, Instant};

/// What is seen of the lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeaseView {
    pub(super) version: Option<String>,
    /// `None` if it was released.
    pub(super) holder: Option<String>,
    pub(super) duration: Duration,
    /// When this version was seen first. The clocks of two machines may differ, so the time in the lease is not compared.
    pub(super) seen_at: Instant,
}

/// Whose the node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// This agent's, and to be renewed at this time.
    Own { renew_at: Instant },
    /// Nobody's: there is no lease.
    Create,
    /// Nobody's any more, or this agent's and to be renewed now.
    Take,
    /// Another agent's, unless it does not renew it until this time.
    Other { holder: String, until: Instant },
}

/// Returns whose the node is now.
pub(super) fn claim(lease: Option<&LeaseView>, identity: &str, now: Instant) -> Claim {
    let Some(lease) = lease else {
        return Claim::Create;
    };
    let holder = lease.holder.as_deref().filter(|holder| !holder.is_empty());
    let until = lease.seen_at + lease.duration;
    match holder {
        None => Claim::Take,
        Some(holder) if holder == identity => {
            let renew_at = lease.seen_at + lease.duration / 3;
            if renew_at <= now {
                Claim::Take
            } else {
                Claim::Own { renew_at }
            }
        }
        Some(_) if until <= now => Claim::Take,
        Some(holder) => Claim::Other {
            holder: holder.to_owned(),
            until,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Claim, LeaseView, claim};

    #[test]
    fn a_lease_is_the_holders_until_it_is_released_or_not_renewed() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let lease = |holder: Option<&str>| LeaseView {
            version: None,
            holder: holder.map(str::to_owned),
            duration: Duration::from_secs(30),
            seen_at: began,
        };
        assert_eq!(claim(None, "a", began), Claim::Create);
        assert_eq!(claim(Some(&lease(None)), "a", began), Claim::Take);
        assert_eq!(claim(Some(&lease(Some(""))), "a", began), Claim::Take);
        let renew_at = after(10);
        assert_eq!(
            claim(Some(&lease(Some("a"))), "a", after(9)),
            Claim::Own { renew_at }
        );
        assert_eq!(claim(Some(&lease(Some("a"))), "a", after(10)), Claim::Take);
        let (holder, until) = ("b".to_owned(), after(30));
        assert_eq!(
            claim(Some(&lease(Some("b"))), "a", after(29)),
            Claim::Other { holder, until }
        );
        assert_eq!(claim(Some(&lease(Some("b"))), "a", after(30)), Claim::Take);
    }
}
