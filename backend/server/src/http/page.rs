//! Lists page by page: `limit`, `cursor`, `next_cursor`, `items`.

use actix_web::error::QueryPayloadError;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::body::named_field;
use crate::app::Error;
use crate::db::query::{self, Limit, Paging};

/// Items of a page if nobody asks otherwise.
const USUAL: usize = 50;

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Reads `limit` and `cursor` of a query.
///
/// # Errors
/// A limit outside 1 to 200, or no cursor of ours (422).
pub fn paging(limit: Option<u32>, cursor: Option<&str>) -> Result<Paging, Problem> {
    let after = cursor.map(str::parse).transpose().map_err(Error::from)?;
    Ok(Paging { limit: limit_of(limit)?, after })
}

/// # Errors
/// A limit outside 1 to 200 (422).
pub fn limit_of(limit: Option<u32>) -> Result<Limit, Problem> {
    let Some(limit) = limit else { return Ok(Limit::USUAL) };
    Limit::new(limit)
        .map_err(|error| Problem::malformed(format!("limit: {error}")).with_field("limit", error.to_string()))
}

impl PageQuery {
    /// # Errors
    /// As [`paging`].
    pub fn paging(&self) -> Result<Paging, Problem> {
        paging(self.limit, self.cursor.as_deref())
    }

    /// Cuts a page out of a short list that is in memory, in the order of `number`.
    ///
    /// # Errors
    /// A limit outside 1 to 200, or no cursor of this list (422).
    pub fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        number: impl Fn(&T) -> u32,
    ) -> Result<Page<T>, Problem> {
        limit_of(self.limit)?;
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(USUAL);
        let after = self.cursor.as_deref().map(str::parse::<u32>).transpose().map_err(|_| {
            let detail = "no list of ours gave this cursor: leave it out to begin anew";
            Problem::malformed(format!("cursor: {detail}")).with_field("cursor", detail)
        })?;
        let later = items.skip_while(|item| after.is_some_and(|after| number(item) <= after));
        let mut items: Vec<T> = later.take(limit.saturating_add(1)).collect();
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(|last| number(last).to_string()) } else { None };
        Ok(Page { items, next_cursor })
    }
}

impl<T> From<query::Page<T>> for Page<T> {
    fn from(page: query::Page<T>) -> Self {
        Self { items: page.items, next_cursor: page.next.map(|cursor| cursor.to_string()) }
    }
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }

    /// The same page with other items, if each can be made.
    ///
    /// # Errors
    /// The first of `change`.
    pub fn try_map<U, E>(self, change: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(change).collect::<Result<_, E>>()?;
        Ok(Page { items, next_cursor: self.next_cursor })
    }
}

/// The query of a request; unknown names are refused, so that a mistyped filter never shows everything.
///
/// # Errors
/// Unknown names, or values of another type (422).
pub async fn query<T: DeserializeOwned + 'static>(request: &HttpRequest) -> Result<T, Problem> {
    let parsed = Query::<T>::extract(request).await;
    parsed.map(Query::into_inner).map_err(|error| {
        let detail = match error.as_error() {
            // Without the library's words about itself.
            Some(QueryPayloadError::Deserialize(error)) => error.to_string(),
            _ => error.to_string(),
        };
        let field = named_field(&detail).unwrap_or("query").to_owned();
        Problem::malformed(format!("query: {detail}")).with_field(field, detail)
    })
}
