use std::time::Duration;

/// How long a call may take, how often it is tried, and how large its answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From connecting to the last byte of the answer.
    pub per_try: Duration,
    /// All tries and the pauses between them.
    pub whole: Duration,
    pub tries: u32,
    /// Before the second try; twice as long before each further one, less up to a half of it by chance.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    pub answer_bytes: usize,
}

/// What a try that failed says of the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setback {
    /// Whether the same request may succeed a little later.
    pub(crate) may_pass: bool,
    /// How long we are asked to stay away.
    pub(crate) retry_after: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_try: Duration::from_secs(10),
            whole: Duration::from_secs(40),
            tries: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            answer_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// How long to wait after a try that failed, the `tries`-th; `None` if it was the last.
    ///
    /// `left` is what is left of the whole call, `chance` any number.
    pub(crate) fn pause_after(
        &self,
        tries: u32,
        setback: impl Into<Setback>,
        left: Duration,
        chance: u32,
    ) -> Option<Duration> {
        let Setback { may_pass, retry_after } = setback.into();
        if !may_pass || tries >= self.tries {
            return None;
        }
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let longest = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        let half = longest.checked_div(2)?;
        let pause = half.saturating_add(half.checked_div(1000)?.saturating_mul(chance.rem_euclid(1001)));
        let pause = retry_after.map_or(pause, |asked| asked.max(pause));
        (pause < left).then_some(pause)
    }
}

/// Any number: nodes that were asked together should not be asked again together.
pub(crate) fn chance() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Fault;

    const LEFT: Duration = Duration::from_secs(30);

    fn busy(retry_after: Option<u64>) -> Fault {
        Fault::Status { status: 429, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_the_tries() {
        let limits = Limits { tries: 8, ..Limits::default() };
        let pauses = |chance| {
            let pauses = (1..9).map(|tries| limits.pause_after(tries, &Fault::TimedOut, LEFT, chance));
            pauses.map(|pause| pause.map(|pause| pause.as_millis())).collect::<Vec<_>>()
        };
        let [least, most] =
            [[250, 500, 1000, 2000, 4000, 4000, 4000], [500, 1000, 2000, 4000, 8000, 8000, 8000]]
                .map(|pauses| pauses.into_iter().map(Some).chain([None]).collect::<Vec<_>>());
        assert_eq!(pauses(0), least);
        assert_eq!(pauses(1000), most);
        assert_eq!(pauses(1001), least);
    }

    #[test]
    fn a_node_is_left_alone_as_long_as_it_asks_or_not_asked_again() {
        let limits = Limits::default();
        let pause = |fault: &Fault, left| limits.pause_after(1, fault, left, 0);
        let quarter = Some(Duration::from_millis(250));
        assert_eq!(pause(&busy(None), LEFT), quarter);
        assert_eq!(pause(&busy(Some(0)), LEFT), quarter);
        assert_eq!(pause(&busy(Some(7)), LEFT), Some(Duration::from_secs(7)));
        assert_eq!(pause(&busy(Some(30)), LEFT), None, "longer than what is left");
        assert_eq!(pause(&busy(Some(u64::MAX)), LEFT), None);
        assert_eq!(pause(&Fault::TimedOut, Duration::from_millis(250)), None);
        let refused = Fault::Refused { code: -32000, message: String::new() };
        for fault in [Fault::OtherId, Fault::TooLarge { limit: 1 }, refused] {
            assert_eq!(pause(&fault, LEFT), None, "{fault}");
        }
        for (status, again) in
            [(302, false), (400, false), (404, false), (408, true), (500, true), (599, true)]
        {
            assert_eq!(Fault::Status { status, retry_after: None }.may_pass(), again, "{status}");
        }
    }
}
