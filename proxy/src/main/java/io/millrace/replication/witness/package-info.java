/**
 * The proof of which prefix of the log a view shows: by elimination, from rows read inside the view. Nothing is ever guessed; what
 * cannot be decided is said to be undecided.
 */
package io.millrace.replication.witness;
