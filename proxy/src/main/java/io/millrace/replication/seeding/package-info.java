/** New followers: what brings the leader's data into them. Knows ports, no adapters. */
package io.millrace.replication.seeding;
