//! Suites of tests of the whole. Each test has a home of its own, and reads as a sentence.

mod exec;
mod lifecycle;
