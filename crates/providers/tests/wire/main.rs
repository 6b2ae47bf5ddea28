//! Vendors against servers that write what they are told to, byte for byte: what the wire can do, and what leaves us on it.

mod accounts;
mod elevenlabs;
mod keys;
mod openai;
mod server;
