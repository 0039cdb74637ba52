/** The ports to take a consistent copy of a leader and to load it into a follower, and the values both sides share. */
package io.millrace.snapshot;
