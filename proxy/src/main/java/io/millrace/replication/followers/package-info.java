/** Followers from new to live: their states, and how each gets the changes after its snapshot. */
package io.millrace.replication.followers;
