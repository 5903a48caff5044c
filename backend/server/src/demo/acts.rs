//! What people do in the demo beside claiming and voting: slots, second looks, doubts, and second thoughts.

use domain::value::{BountyNumber, SubmissionNumber};

use super::DemoError;
use super::stage::Stage;
use crate::app::{AcceptedOffer, Error, NewCall, NewCheck, NewComment, NewSlot, Why};

impl Stage {
    /// Takes the counter-offer for an own claim.
    pub async fn accept(&self, number: SubmissionNumber, who: &str, amount: &str) -> Result<(), DemoError> {
        let new = AcceptedOffer { amount: amount.to_owned() };
        self.ask(who, async |ask| self.app.accept_offer(ask, number, &new).await).await?;
        Ok(())
    }

    /// Takes a slot of a bounty.
    pub async fn take_slot(&self, bounty: u32, who: &str) -> Result<(), DemoError> {
        let bounty = BountyNumber::new(bounty).ok_or(DemoError::OffScript)?;
        self.ask(who, async |ask| self.app.take_slot(ask, bounty, &NewSlot::default()).await).await?;
        Ok(())
    }

    /// Asks for a slot of a bounty when others have taken all that are left.
    pub async fn no_slot(&self, bounty: u32, who: &str) -> Result<(), DemoError> {
        match self.take_slot(bounty, who).await {
            Err(DemoError::App(Error::Refused(refusal))) if refusal.code() == "slots_taken" => Ok(()),
            _ => Err(DemoError::OffScript),
        }
    }

    /// The lead calls the alternate to vote on a claim.
    pub async fn call_alternate(&self, number: SubmissionNumber) -> Result<(), DemoError> {
        let new = NewCall { member: self.member("reviewer-alternate")? };
        self.ask("lead", async |ask| self.app.call_alternate(ask, number, &new).await).await?;
        Ok(())
    }

    /// A second look at a sampled claim finds nothing wrong.
    pub async fn check_sample(
        &self,
        number: SubmissionNumber,
        who: &str,
        reason: &str,
    ) -> Result<(), DemoError> {
        let new = NewCheck { passed: true, reason: reason.to_owned() };
        self.ask(who, async |ask| self.app.check_sample(ask, number, &new).await).await?;
        Ok(())
    }

    pub async fn comment(&self, number: SubmissionNumber, who: &str, comment: &str) -> Result<(), DemoError> {
        let new = NewComment { comment: comment.to_owned() };
        self.ask(who, async |ask| self.app.add_comment(ask, number, &new).await).await?;
        Ok(())
    }

    /// Doubts an approved claim: it is in no batch until the challenge ends.
    pub async fn challenge(
        &self,
        number: SubmissionNumber,
        who: &str,
        reason: &str,
    ) -> Result<(), DemoError> {
        let why = Why { reason: reason.to_owned() };
        self.ask(who, async |ask| self.app.challenge_submission(ask, number, &why).await).await?;
        Ok(())
    }

    /// Ends an own challenge.
    pub async fn release(&self, number: SubmissionNumber, who: &str, reason: &str) -> Result<(), DemoError> {
        let why = Why { reason: reason.to_owned() };
        self.ask(who, async |ask| self.app.release_submission(ask, number, &why).await).await?;
        Ok(())
    }

    /// Gives up the approval of an own claim.
    pub async fn reopen(&self, number: SubmissionNumber, who: &str, reason: &str) -> Result<(), DemoError> {
        let why = Why { reason: reason.to_owned() };
        self.ask(who, async |ask| self.app.reopen_submission(ask, number, &why).await).await?;
        Ok(())
    }
}
