//! Kernels made of fabricated files, and the real package.
