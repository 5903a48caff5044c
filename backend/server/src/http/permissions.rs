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
    /// What somebody with the role still may not do.
    pub separations: Vec<String>,
}

impl From<&Permission> for PermissionView {
    fn from(permission: &Permission) -> Self {
        Self {
            operation: permission.operation.to_owned(),
            access: permission.access.word().to_owned(),
            roles: permission.access.roles().iter().map(ToString::to_string).collect(),
            separations: permission.separations.iter().map(|words| (*words).to_owned()).collect(),
        }
    }
}
