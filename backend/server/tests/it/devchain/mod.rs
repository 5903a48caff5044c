//! The local node itself: that it is what the demo and the tests of payments take it for.

mod anvil;
