//! Layers become one root file system: index every layer, merge the names, write once.
