//! The only unsafe code of the command line.

#![allow(unsafe_code)]

pub mod session;
