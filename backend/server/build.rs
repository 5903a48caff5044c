//! Rebuilds the program when a migration folder appears: the embedding macro does not notice new ones.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
