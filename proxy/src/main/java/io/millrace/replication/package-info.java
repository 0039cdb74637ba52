/**
 * What a channel does: receive into the relay log, take snapshots, seed followers, apply to them, and decide what to do when something
 * fails. Blocks, on virtual threads; knows ports, no adapters.
 */
package io.millrace.replication;
