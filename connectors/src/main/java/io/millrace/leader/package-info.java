/** The port to the leader: who it is, which files it has, and its stream of events. Blocks; knows no driver. */
package io.millrace.leader;
