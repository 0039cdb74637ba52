/** Catching up with several sessions at once: what a backlog holds is cut into groups, and those that touch the same rows wait for each other. */
package io.millrace.replication.workers;
