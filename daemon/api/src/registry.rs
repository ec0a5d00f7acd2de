//! Registries of images: who the user is there.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Checks a user and a password with a registry, and keeps them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password, or an access token in its place.
    pub password: String,
}

/// Never says the password.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}
