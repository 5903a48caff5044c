//! The permission table as the API shows it.

use domain::permission::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::shape;

/// Who may carry out one operation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PermissionView {
    /// The operationId.
    pub operation: String,
    /// `public`: everybody; `signed_in`: whoever has an account; `member`: every member; `roles`: members with one
    /// of the roles; `system`: the ledger itself.
    #[schema(pattern = "^(public|signed_in|member|roles|system)$")]
    pub access: String,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<String>,
    /// The scopes of which an API token needs one; with none, no token may. What is public looks at no token.
    #[schema(value_type = Vec<shape::ScopeName>)]
    pub scopes: Vec<String>,
    /// Whether it takes a proof of the last quarter of an hour.
    pub fresh_proof: bool,
    /// What somebody with the role still may not do.
    pub separations: Vec<String>,
}

impl From<&Permission> for PermissionView {
    fn from(permission: &Permission) -> Self {
        Self {
            operation: permission.operation.to_owned(),
            access: permission.access.word().to_owned(),
            roles: permission.access.roles().iter().map(ToString::to_string).collect(),
            scopes: permission.scopes.iter().map(ToString::to_string).collect(),
            fresh_proof: permission.fresh,
            separations: permission.separations.iter().map(|words| (*words).to_owned()).collect(),
        }
    }
}
