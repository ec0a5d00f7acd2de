//! Registries: whom to ask, and how.
