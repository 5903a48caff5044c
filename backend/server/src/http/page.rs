//! Lists page by page: `limit`, `cursor`, `next_cursor`, `items`.

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_path_to_error::Path;
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::body::misplaced;
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

/// A query's values, or which of them is none and why.
struct Located<T>(Result<T, (Path, String)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = serde_path_to_error::deserialize(deserializer);
        let located = |error: serde_path_to_error::Error<D::Error>| {
            (error.path().clone(), error.into_inner().to_string())
        };
        Ok(Self(read.map_err(located)))
    }
}

/// The query of a request; unknown names are refused, so that a mistyped filter never shows everything.
///
/// # Errors
/// Unknown names, or values of another type (422).
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let parsed = Query::<Located<T>>::from_query(request.query_string());
    let Query(Located(located)) = parsed.map_err(|error| Problem::malformed(error.to_string()))?;
    located.map_err(|(path, detail)| misplaced(Some(&path), &detail, "query"))
}
